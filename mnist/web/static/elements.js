// Making elements of the page.

/**
 * An element with these properties; those of `data` and `style` are set one by one.
 * @param {string} tag
 * @param {object} properties
 * @param {...(Node | string)} children
 */
export function make(tag, properties = {}, ...children) {
  const { data = {}, style = {}, ...others } = properties;
  const element = Object.assign(document.createElement(tag), others);
  Object.assign(element.dataset, data);
  Object.assign(element.style, style);
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);
