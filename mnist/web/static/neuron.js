// One neuron: its weights as an image, the sum that it makes now, and what it feeds.

import { call } from "./api.js";
import { make } from "./elements.js";
import { SIZE, largest, paintSigned } from "./pixels.js";
import { signed } from "./words.js";

const SHOWN = 6; // of the weights to the next layer; to the digits, all
const AT_ONCE = 3; // requests, so that predictions need not wait
const WORDS = { relu: ["passes it on", "makes it"], tanh: ["tanh makes it"], sigmoid: ["the sigmoid makes it"] };
// How much more comes out for a little more of the sum, from what comes out.
const SLOPES = { relu: (h) => (h > 0 ? 1 : 0), tanh: (h) => 1 - h * h, sigmoid: (h) => h * (1 - h) };

const known = new Map(); // by layer and index, what the server said of a neuron

async function ask(layer, index) {
  const key = `${layer}/${index}`;
  if (!known.has(key)) known.set(key, await call(`/api/neurons/${key}`));
  return known.get(key);
}

export class Neuron {
  #answer = null;
  #place = null; // {layer, index} of the one to show
  #data = null; // what the server says of it

  /**
   * @param {{columns: (layer: number) => number, onSelect: (layer: number, index: number) => void}} page  how many
   *     cells of a layer are side by side; and what is called when another neuron is wanted
   */
  constructor(element, activation, sizes, page) {
    Object.assign(this, { element, activation, sizes, page });
    element.append(make("p", { className: "hint" }, "Here a neuron shows its weights, once something is drawn."));
  }

  /** Its weights to the next layer. */
  get feeds() { return this.#data?.feeds ?? []; }

  /** What each neuron of the layer before now adds to its sum. */
  get inputs() {
    const values = this.#answer?.hidden[this.#place.layer - 2] ?? [];
    return this.#data ? values.map((value, k) => value * this.#data.weights[k]) : [];
  }

  async select(layer, index) {
    const place = { layer, index };
    this.#place = place;
    this.#data = null; // that of the one before says nothing of this one's links
    try {
      const data = await ask(layer, index);
      if (this.#place !== place) return; // by now, it is another
      this.#data = data;
      this.#build();
      this.show(this.#answer);
    } catch (error) {
      if (this.#place !== place) return;
      this.element.replaceChildren(make("p", { className: "hint" }, error.message));
    }
  }

  #build() {
    const { layer, index } = this.#place;
    const isFirst = layer === 1;
    const flat = this.#data.weights.flat();
    const width = isFirst ? SIZE : this.page.columns(layer - 1);
    const height = Math.ceil(flat.length / width);
    const weights = make("canvas", { width, height, role: "img", ariaLabel: "Its weights" });
    paintSigned(weights, flat);
    this.added = make("canvas", { width: SIZE, height: SIZE, role: "img" });
    this.sum = make("p", { className: "sum" });
    const [what, now] = isFirst ? ["Its weights, one a pixel", "Times your ink: what it adds up"]
      : [`Its weights to layer ${layer - 1}`, "Where ink would raise its sum now"];
    this.added.ariaLabel = now;
    const pictures = [figure(weights, what), ...(layer <= 2 ? [figure(this.added, now)] : [])];
    this.element.replaceChildren(make("h3", {}, `Neuron ${index} of layer ${layer}`), this.sum,
      make("div", { className: `pictures${isFirst ? "" : " narrow"}` }, ...pictures), ...this.#feeding());
  }

  #feeding() {
    const { layer } = this.#place;
    const isLast = layer === this.sizes.length - 2;
    const feeds = this.#data.feeds.map((weight, to) => ({ weight, to }));
    if (!isLast) feeds.sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight)).splice(SHOWN);
    const most = largest(this.#data.feeds) || 1;
    const rows = feeds.map(({ weight, to }) => {
      const onclick = () => this.page.onSelect(layer + 1, to);
      const name = isLast ? make("b", {}, String(to))
        : make("button", { onclick, title: "Look at it" }, make("span", {}, "neuron "), String(to));
      const bar = make("i", { className: weight > 0 ? "for" : "against" });
      bar.style.setProperty("--share", String(Math.abs(weight) / most));
      return make("li", {}, name, make("span", { className: "track" }, bar), make("span", {}, signed(weight)));
    });
    const title = isLast ? "It speaks for and against digits"
      : `It feeds layer ${layer + 1}; the ${rows.length} strongest weights`;
    return [make("h4", {}, title), make("ul", { className: isLast ? "feeds ten" : "feeds" }, ...rows)];
  }

  /** What changes with the drawing. */
  show(answer) {
    this.#answer = answer;
    if (!this.#data || !this.added) return;
    const { layer, index } = this.#place;
    if (!answer) {
      this.sum.textContent = "Nothing is drawn: nothing to add up.";
      paintSigned(this.added, []);
      return;
    }
    const before = layer === 1 ? answer.image.flat().map((ink) => ink / 255) : answer.hidden[layer - 2];
    const products = this.#data.weights.flat().map((weight, k) => weight * before[k]);
    const total = products.reduce((sum, value) => sum + value, 0);
    const out = answer.hidden[layer - 1][index];
    const inputs = layer === 1 ? "ink" : `layer ${layer - 1}`;
    this.sum.textContent = `Weights times ${inputs} make ${signed(total)}, its bias adds ${signed(this.#data.bias)}; `
      + `${this.#passing(out)} ${out.toFixed(2).replace("-", "−")}.`;
    if (layer === 1) paintSigned(this.added, products);
    else if (layer === 2) this.#lookThrough(before);
  }

  #passing(out) {
    const [words, none = words] = WORDS[this.activation];
    if (this.activation !== "relu") return words;
    return out > 0 ? `ReLU ${words}:` : `ReLU ${none}`;
  }

  /** The gradient of its sum with respect to the pixels: the first layer's weights, added up by its own. */
  async #lookThrough(before) {
    const { weights } = this.#data;
    const answer = this.#answer;
    const slopes = before.map(SLOPES[this.activation]);
    const wanted = weights.map((weight, k) => [k, weight * slopes[k]]).filter(([, factor]) => factor !== 0);
    const total = new Array(SIZE * SIZE).fill(0);
    const canvas = this.added;
    try {
      for (let k = 0; k < wanted.length; k += AT_ONCE) {
        const some = wanted.slice(k, k + AT_ONCE);
        const neurons = await Promise.all(some.map(([index]) => ask(1, index)));
        if (answer !== this.#answer) return; // the drawing has changed, and another run is under way
        neurons.forEach((neuron, n) => {
          neuron.weights.flat().forEach((weight, pixel) => { total[pixel] += weight * some[n][1]; });
        });
      }
      paintSigned(canvas, total);
    } catch {
      paintSigned(canvas, []); // the page says elsewhere that the server is gone
    }
  }
}

function figure(canvas, text) {
  return make("figure", {}, canvas, make("figcaption", {}, text));
}
