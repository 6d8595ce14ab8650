// A picture to move and zoom, and a panel that says what is known of the selected node.

const view = document.getElementById("view");
const svg = view.querySelector("svg");
const details = JSON.parse(document.getElementById("details").textContent);

// -- moving and zooming: the picture's point `centre` is in the middle of the view, at `scale` pixels a unit ----------

const MOST = 6;
const LEGIBLE = 0.8; // below this scale, letters are too small to read
const whole = svg.viewBox.baseVal;
const frame = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
let centre, scale, fitted;

function show() {
  const [width, height] = [view.clientWidth / scale, view.clientHeight / scale];
  svg.setAttribute("viewBox", `${centre.x - width / 2} ${centre.y - height / 2} ${width} ${height}`);
}

function fitting() {
  return Math.min(view.clientWidth / frame.width, view.clientHeight / frame.height, 1.5) * 0.97;
}

function fit() {
  scale = fitting();
  centre = { x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 };
  fitted = true;
  show();
}

// Begin with the whole picture; or, if its letters would be too small, with the first node.
function start() {
  fit();
  const first = [...nodes.values()].find((node) => node.element.matches(".node"));
  if (scale >= LEGIBLE || !first) return;
  const [place, area] = [first.element.getBoundingClientRect(), view.getBoundingClientRect()];
  const x = centre.x + (place.left + place.right - area.left - area.right) / 2 / scale;
  const y = centre.y + (place.top + place.bottom - area.top - area.bottom) / 2 / scale;
  scale = LEGIBLE;
  fitted = false;
  centre = { x: filling(x, frame.x, frame.width, area.width), y: filling(y, frame.y, frame.height, area.height) };
  show();
}

// The middle nearest to `middle` of a view of so many pixels that shows nothing beyond the picture's ends.
function filling(middle, from, length, pixels) {
  const half = Math.min(pixels / scale, length) / 2;
  return clamp(middle, from + half, from + length - half);
}

function moveBy(dx, dy) {
  fitted = false;
  centre.x = clamp(centre.x - dx / scale, frame.x, frame.x + frame.width);
  centre.y = clamp(centre.y - dy / scale, frame.y, frame.y + frame.height);
  show();
}

// Zoom so that what is at (x, y) in the window stays there.
function zoom(factor, x, y) {
  const area = view.getBoundingClientRect();
  const [dx, dy] = x === undefined ? [0, 0] : [x - area.left - area.width / 2, y - area.top - area.height / 2];
  const before = scale;
  scale = clamp(scale * factor, Math.min(fitting(), 1) / 2, MOST);
  moveBy(dx - (dx * scale) / before, dy - (dy * scale) / before);
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function bringIntoView(element) {
  const [place, area] = [element.getBoundingClientRect(), view.getBoundingClientRect()];
  const isInside = place.left >= area.left && place.right <= area.right
    && place.top >= area.top && place.bottom <= area.bottom;
  if (!isInside) {
    moveBy((area.left + area.right - place.left - place.right) / 2, (area.top + area.bottom - place.top - place.bottom) / 2);
  }
}

view.addEventListener("wheel", (event) => {
  event.preventDefault();
  const pixels = event.deltaY * [1, 20, 300][event.deltaMode];
  zoom(Math.exp(-clamp(pixels, -200, 200) * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
}, { passive: false });

// One finger, or the mouse, moves; two also zoom.
const pointers = new Map();
let moved = false;

view.addEventListener("pointerdown", (event) => {
  if (event.button === 0) {
    moved = pointers.size > 0;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }
});

view.addEventListener("pointermove", (event) => {
  const pointer = pointers.get(event.pointerId);
  if (!pointer || (!moved && Math.hypot(event.clientX - pointer.x, event.clientY - pointer.y) < 4)) return;
  moved = true; // only now is it no click
  view.setPointerCapture(event.pointerId);
  view.classList.add("moving");
  const before = spread();
  Object.assign(pointer, { x: event.clientX, y: event.clientY });
  const after = spread();
  moveBy(after.x - before.x, after.y - before.y);
  if (before.size) zoom(after.size / before.size, after.x, after.y);
});

for (const name of ["pointerup", "pointercancel"]) {
  window.addEventListener(name, (event) => { // wherever that happens
    pointers.delete(event.pointerId);
    if (!pointers.size) view.classList.remove("moving");
  });
}

function spread() {
  const [a, b = a] = pointers.values();
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, size: Math.hypot(a.x - b.x, a.y - b.y) };
}

document.getElementById("in").addEventListener("click", () => zoom(1.25));
document.getElementById("out").addEventListener("click", () => zoom(0.8));
document.getElementById("fit").addEventListener("click", fit);
new ResizeObserver(() => (fitted ? fit() : show())).observe(view);

// -- nodes ------------------------------------------------------------------------------------------------------------

const nodes = new Map(); // by name: {element, title, text, from: [names], to: [names], edges: [elements]}

for (const [name, rows] of Object.entries(details)) {
  const element = svg.querySelector(`#${CSS.escape(name)}`);
  if (!element) continue;
  const lines = [...element.querySelectorAll("text")].map((line) => line.textContent.trim());
  const text = [...lines, ...rows.map((row) => row[1])].join("\n").toLowerCase();
  nodes.set(name, { element, title: lines[0] || name, text, from: [], to: [], edges: [] });
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "button");
  element.setAttribute("aria-label", lines.join(", ") || name);
  element.addEventListener("focus", () => {
    if (element.matches(":focus-visible")) select(name); // by the keyboard: what is pressed may yet be dragged
  });
}

// Graphviz numbers the edges as DOT has them, in the order of a call's inputs, and writes them in another.
const number = (edge) => Number(edge.id.match(/\d*$/)[0]);

for (const edge of [...svg.querySelectorAll(".edge")].sort((a, b) => number(a) - number(b))) {
  const ends = edge.querySelector("desc").textContent.split("->").map((end) => end.split(":")[0]);
  if (edge.classList.contains("back")) ends.reverse(); // drawn against its direction
  const [tail, head] = ends.map((end) => nodes.get(end));
  tail?.edges.push(edge);
  head?.edges.push(edge);
  if (tail && head) {
    tail.to.push(ends[1]);
    head.from.push(ends[0]);
  }
}

view.addEventListener("click", (event) => {
  if (moved) return;
  const element = event.target.closest("[role=button]");
  if (element) select(element.id);
  else clear();
});

// -- the panel --------------------------------------------------------------------------------------------------------

const panel = document.getElementById("selected");
let selected = null;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function select(name) {
  const node = nodes.get(name);
  bringIntoView(node.element);
  if (name === selected) return;
  clear();
  selected = name;
  mark(node, true);
  const rows = details[name].map(([term, text]) =>
    make("tr", { className: kind(term) }, make("th", { scope: "row" }, term), make("td", {}, text)));
  const close = make("button", { title: "Close (Esc)", ariaLabel: "Close", onclick: clear }, "×");
  panel.replaceChildren(
    make("div", { className: "title" }, make("h2", {}, node.title), close),
    make("table", {}, make("tbody", {}, ...rows)),
    ...neighbours("computed from", node.from),
    ...neighbours("used by", node.to),
  );
  panel.hidden = false;
  panel.parentElement.scrollTop = 0;
}

function kind(term) {
  if (term === "warning") return "alarm";
  return term === "line" || term.startsWith("rule") ? "code" : "";
}

function neighbours(title, names) {
  if (!names.length) return [];
  const items = [...new Set(names)].map((name) =>
    make("li", {}, make("button", { onclick: () => select(name) }, nodes.get(name).title)));
  return [make("h3", {}, title), make("ul", {}, ...items)];
}

function clear() {
  if (selected !== null) mark(nodes.get(selected), false);
  selected = null;
  panel.hidden = true;
  panel.replaceChildren();
}

function mark(node, on) {
  node.element.classList.toggle("selected", on);
  for (const edge of node.edges) edge.classList.toggle("near", on);
}

for (const button of document.querySelectorAll("#warnings button")) {
  button.addEventListener("click", () => select(button.dataset.node));
}

// -- finding ----------------------------------------------------------------------------------------------------------

const search = document.getElementById("search");
let found = [];

search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  found = [];
  for (const [name, node] of nodes) {
    const isFound = wanted !== "" && node.text.includes(wanted);
    node.element.classList.toggle("found", isFound);
    if (isFound) found.push(name);
  }
  svg.classList.toggle("searching", wanted !== "");
  document.getElementById("found").textContent = wanted && `${found.length} of ${nodes.size}`;
});

search.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && found.length) {
    select(found[(found.indexOf(selected) + (event.shiftKey ? found.length - 1 : 1)) % found.length]);
  } else if (event.key === "Escape") {
    search.value = "";
    search.dispatchEvent(new Event("input"));
    view.focus();
  }
});

// -- keys -------------------------------------------------------------------------------------------------------------

const STEP = 60; // pixels
const keys = {
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: fit,
  ArrowLeft: () => moveBy(STEP, 0),
  ArrowRight: () => moveBy(-STEP, 0),
  ArrowUp: () => moveBy(0, STEP),
  ArrowDown: () => moveBy(0, -STEP),
  Escape: clear,
  "/": () => search.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  const scrolls = event.key.startsWith("Arrow") && event.target.closest("#panel");
  if ((event.key === "Enter" || event.key === " ") && event.target.getAttribute("role") === "button") {
    event.preventDefault();
    select(event.target.id);
  } else if (Object.hasOwn(keys, event.key) && !scrolls) {
    event.preventDefault();
    keys[event.key]();
  }
});

svg.removeAttribute("width");
svg.removeAttribute("height");
start();
