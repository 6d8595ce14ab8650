// The graph of one prediction, drawn when it is asked for: to scroll, to zoom, and to save.

import { call } from "./api.js";
import { byId } from "./elements.js";

const STEP = 1.3;
const [LEAST, MOST] = [0.2, 4];
const view = byId("graph-view");
const state = byId("graph-state");

/**
 * @param {import("./drawing.js").Drawing} drawing
 * @param {() => object} body  what to predict
 * @returns {() => void}  to be called when another digit is to be explained
 */
export function showGraph(drawing, body) {
  const button = byId("draw-graph");
  let svg = null;
  let width = 0; // of the picture as it was drawn, in CSS pixels
  let scale = 1;
  let file = "";

  async function draw() {
    button.disabled = true;
    state.textContent = "Drawing …";
    try {
      const answer = await call("/api/graph", body());
      show(answer);
      state.textContent = "";
    } catch (error) {
      state.textContent = error.message;
    }
    button.disabled = drawing.isEmpty;
    button.textContent = svg ? "Draw it anew" : "Draw the graph";
  }

  function show(answer) {
    const parsed = new DOMParser().parseFromString(answer.svg, "image/svg+xml").documentElement;
    for (const element of parsed.querySelectorAll("script")) element.remove();
    svg = document.importNode(parsed, true);
    width = Number.parseFloat(svg.getAttribute("width")) * (svg.getAttribute("width").endsWith("pt") ? 4 / 3 : 1);
    view.replaceChildren(svg);
    view.hidden = byId("graph-zoom").hidden = false;
    byId("graph-warnings").replaceChildren(...answer.warnings.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    byId("graph-warnings").hidden = !answer.warnings.length;
    URL.revokeObjectURL(file);
    file = URL.createObjectURL(new Blob([answer.svg], { type: "image/svg+xml" }));
    Object.assign(byId("graph-file"), { href: file, download: "prediction.svg" });
    zoom(Math.min(view.clientWidth / width, 1));
  }

  /** Show it at this scale, and what was in the middle of the view still there. */
  function zoom(to) {
    const [x, y] = [view.scrollLeft + view.clientWidth / 2, view.scrollTop + view.clientHeight / 2];
    const factor = Math.min(Math.max(to, LEAST), MOST) / scale;
    scale *= factor;
    svg.style.width = `${width * scale}px`;
    view.scrollTo(x * factor - view.clientWidth / 2, y * factor - view.clientHeight / 2);
  }

  button.addEventListener("click", draw);
  byId("graph-in").addEventListener("click", () => zoom(scale * STEP));
  byId("graph-out").addEventListener("click", () => zoom(scale / STEP));
  byId("graph-fit").addEventListener("click", () => zoom(view.clientWidth / width));
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(scale * Math.exp(-event.deltaY * 0.003));
  }, { passive: false });

  function outdate() {
    button.disabled = drawing.isEmpty;
    if (svg) state.textContent = "This is the graph of what was there before.";
  }

  drawing.addEventListener("change", outdate);
  return outdate;
}
