// Curves between cells: blue for a positive weight, orange for a negative one, the wider the stronger.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {SVGSVGElement} svg  it covers the cells, and only them
 * @param {[Element, Element, number | null][]} links  from, to, and how strong; null: not told
 */
export function draw(svg, links) {
  const isBeside = getComputedStyle(svg.parentElement).flexDirection === "row";
  const area = svg.getBoundingClientRect();
  const most = Math.max(...links.map((link) => Math.abs(link[2] ?? 0)), 1e-9);
  svg.replaceChildren(...links.map(([from, to, strength]) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", curve(from.getBoundingClientRect(), to.getBoundingClientRect(), area, isBeside));
    path.setAttribute("class", strength === null ? "plain" : strength > 0 ? "for" : "against");
    path.setAttribute("stroke-width", strength === null ? "2" : String(1 + (3 * Math.abs(strength)) / most));
    return path;
  }));
}

/** From the side that looks to the other: rightwards where the layers stand side by side, down where stacked. */
function curve(from, to, area, isBeside) {
  const start = isBeside ? [from.right, middle(from.top, from.bottom)] : [middle(from.left, from.right), from.bottom];
  const end = isBeside ? [to.left, middle(to.top, to.bottom)] : [middle(to.left, to.right), to.top];
  const [[x1, y1], [x2, y2]] = [start, end].map(([x, y]) => [x - area.left, y - area.top]);
  const [mx, my] = [middle(x1, x2), middle(y1, y2)];
  const bend = isBeside ? `${mx} ${y1} ${mx} ${y2}` : `${x1} ${my} ${x2} ${my}`;
  return `M${x1} ${y1}C${bend} ${x2} ${y2}`;
}

function middle(a, b) {
  return (a + b) / 2;
}
