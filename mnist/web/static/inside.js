// Inside: the image, the hidden layers and the digits as columns of cells that light up, each neuron to be looked at.
// Of a convolution the cells are its feature maps.

import { byId, make } from "./elements.js";
import { draw } from "./links.js";
import { mean } from "./maps.js";
import { Neuron } from "./neuron.js";
import { chalk, glow, largest, paint } from "./pixels.js";
import { a } from "./words.js";

const ROWS = 16; // of a layer's cells, where there is room
const SIDE = 2; // cells that a feature map is wide and high
const STRONGEST = 8; // links that are drawn of a neuron to one side

const MAPS = "Each picture is a feature map: where in the image its kernel finds what it looks for, the brighter the "
  + "more. ";
const HINT = "Each square is a neuron, the brighter the more active in its layer. Point at one or tap it, or use Tab "
  + "and the arrow keys, to see its weights and what it feeds. A click holds it, another lets it go.";

export class Inside {
  /** @type {HTMLElement[][]} */
  #cells = []; // of each layer; the first has none, the last are the digits
  #captions = [];
  #image = make("canvas", { width: 28, height: 28, role: "img", ariaLabel: "The image that goes in" });
  #answer = null;
  #selected = null; // {layer, index}
  #isTheirs = false; // selected by whoever reads the page, who then decides when it changes
  #isHeld = false; // by a click: pointing at others does not change it

  /** Make the columns; until then, `show` only remembers. */
  build(model) {
    const { sizes, maps } = model;
    this.sizes = sizes;
    this.maps = [[], ...maps, []]; // of each layer height and width of its maps; [] if its cells are numbers
    this.panel = new Neuron(byId("neuron"), model, {
      columns: (layer) => columns(this.#cells[layer][0].parentElement),
      onSelect: (layer, index) => this.#focus(layer, index),
    });
    const figures = sizes.map((size, layer) => this.#column(size, layer));
    this.links = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.links.setAttribute("aria-hidden", "true");
    byId("layers").append(...figures, this.links);
    const total = maps.reduce((sum, map, k) => sum + wide(sizes[k + 1], map.length > 0) * (map.length ? SIDE : 1), 0);
    byId("layers").style.setProperty("--total", String(total));
    byId("layers").style.setProperty("--hidden", String(maps.length));
    byId("neuron").hidden = !maps.length;
    byId("inside-hint").textContent = !maps.length ? "This network has no hidden layer."
      : (maps[0].length ? MAPS : "") + HINT;
    new ResizeObserver(() => this.#link()).observe(byId("layers"));
    this.show(this.#answer, true);
  }

  #column(size, layer) {
    const caption = make("figcaption");
    this.#captions.push(caption);
    const last = this.sizes.length - 1;
    if (layer === 0) {
      this.#cells.push([]);
      return make("figure", { className: "layer image" }, caption, this.#image);
    }
    const [height, width] = this.maps[layer];
    const cells = [...Array(size).keys()].map((index) => (layer === last ? make("span", {}, String(index))
      : make("button", { tabIndex: index ? -1 : 0, ariaLabel: `${this.#noun(layer)} ${index}`, data: { index } },
        ...(height ? [make("canvas", { width, height })] : []))));
    this.#cells.push(cells);
    const name = layer === last ? "The digits" : `Hidden layer ${layer}`;
    const box = make("div", { className: height ? "cells maps" : "cells", role: "group", ariaLabel: name }, ...cells);
    box.style.setProperty("--columns", String(wide(size, height > 0)));
    if (layer < last) this.#listen(box, layer);
    return make("figure", { className: `layer ${layer === last ? "digits" : "hidden"}` }, caption, box);
  }

  #noun(layer) {
    return this.maps[layer].length ? "Map" : "Neuron";
  }

  #listen(box, layer) {
    const index = (event) => (event.target.dataset.index === undefined ? null : Number(event.target.dataset.index));
    box.addEventListener("pointermove", (event) => {
      const isMoved = event.movementX || event.movementY; // not the page, under a pointer that lies still
      if (index(event) === null || !isMoved || this.#isHeld || event.pointerType === "touch") return;
      this.#choose(layer, index(event));
    });
    box.addEventListener("focusin", (event) => {
      if (event.target.matches(":focus-visible")) this.#choose(layer, index(event));
    });
    box.addEventListener("click", (event) => {
      if (index(event) === null) return;
      const isSame = this.#selected?.layer === layer && this.#selected.index === index(event);
      this.#isHeld = !(isSame && this.#isHeld);
      this.#choose(layer, index(event));
    });
    box.addEventListener("keydown", (event) => {
      const row = columns(box);
      const last = this.#cells[layer].length - 1;
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -last, End: last };
      if (event.key === "Escape" && this.#isHeld) {
        this.#isHeld = false;
        event.preventDefault();
        this.#choose(layer, index(event));
      }
      if (!(event.key in steps) || index(event) === null) return;
      event.preventDefault();
      const goal = index(event) + steps[event.key];
      this.#focus(layer, event.key.startsWith("Arrow") && (goal < 0 || goal > last) ? index(event)
        : Math.min(Math.max(goal, 0), last));
    });
  }

  #focus(layer, index) {
    this.#choose(layer, index);
    this.#cells[layer][index].focus();
  }

  #choose(layer, index) {
    this.#isTheirs = true;
    this.#select(layer, index);
  }

  #select(layer, index) {
    const cell = this.#cells[layer][index];
    for (const other of this.#cells[layer]) other.tabIndex = other === cell ? 0 : -1;
    const activation = this.#answer?.hidden[layer - 1][index];
    const what = this.maps[layer].length ? ", on average" : ", activation";
    cell.ariaLabel = `${this.#noun(layer)} ${index}`
      + (activation === undefined ? "" : `${what} ${mean(activation).toFixed(2)}`);
    for (const old of byId("layers").querySelectorAll(".selected")) old.classList.remove("selected");
    cell.classList.add("selected");
    byId("layers").classList.toggle("held", this.#isHeld);
    const isNew = this.#selected?.layer !== layer || this.#selected.index !== index;
    this.#selected = { layer, index };
    if (isNew) this.panel.select(layer, index).then(() => this.#link());
  }

  /** @param {boolean} isSettled  whether nobody is drawing just now */
  show(answer, isSettled) {
    this.#answer = answer;
    if (!this.panel) return;
    const ink = answer?.image.flat() ?? [];
    paint(this.#image, (k) => chalk(ink[k] ?? 0));
    const last = this.sizes.length - 1;
    for (let layer = 1; layer <= last; layer++) {
      const values = (layer === last ? answer?.probabilities : answer?.hidden[layer - 1]) ?? [];
      const most = layer === last ? 1 : largest(values) || 1;
      this.#cells[layer].forEach((cell, index) => light(cell, values[index] ?? 0, most));
    }
    this.#describe(answer);
    if (answer && isSettled && !this.#isTheirs && last > 1) {
      const values = answer.hidden[0].map(mean);
      this.#select(1, values.indexOf(Math.max(...values)));
    }
    this.panel.show(answer);
    this.#link();
  }

  #describe(answer) {
    this.sizes.forEach((size, layer) => {
      const active = answer?.hidden[layer - 1]?.filter((value) => largest([value]) !== 0).length;
      const map = this.maps[layer].join(" × ");
      const [name, more] = layer === 0 ? ["Image", `${size} pixels`]
        : layer === this.sizes.length - 1 ? ["Digits", answer ? `says ${a(answer.digit)}` : `${size} sums`]
          : [`Layer ${layer}`, active !== undefined ? `${active} of ${size} active`
            : map ? `${size} maps, ${map}` : `${size} neurons`];
      this.#captions[layer].replaceChildren(make("b", {}, name), ` ${more}`);
    });
  }

  /** Lines to what the selected neuron feeds, and from what feeds it most just now. */
  #link() {
    if (!this.#selected) return;
    const { layer, index } = this.#selected;
    const here = this.#cells[layer][index];
    const strongest = (values, cells) => values.map((value, k) => ({ value, cell: cells[k] }))
      .sort((x, y) => Math.abs(y.value) - Math.abs(x.value)).slice(0, STRONGEST).filter((end) => end.value !== 0);
    const to = strongest(this.panel.feeds, this.#cells[layer + 1]).map((end) => [here, end.cell, end.value]);
    const from = layer === 1 ? [[this.#image, here, null]]
      : strongest(this.panel.inputs, this.#cells[layer - 1]).map((end) => [end.cell, here, end.value]);
    draw(this.links, [...from, ...to]);
  }
}

/** How many columns a layer has, where there is room. */
function wide(size, isOfMaps) {
  return Math.ceil((size * (isOfMaps ? SIDE : 1)) / ROWS);
}

/** How many cells there are side by side. */
function columns(box) {
  return getComputedStyle(box).gridTemplateColumns.split(" ").length;
}

/** Show an activation, or a map of them, as a share of the largest. */
function light(cell, value, most) {
  const canvas = cell.querySelector("canvas");
  if (canvas) {
    const flat = [value].flat(2);
    paint(canvas, (k) => glow((flat[k] ?? 0) / most));
    return;
  }
  const share = value / most;
  cell.style.backgroundColor = `rgb(${glow(share).map(Math.round)})`;
  cell.classList.toggle("lit", Math.abs(share) > 0.45);
}
