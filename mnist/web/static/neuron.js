// One neuron: its weights as an image, the sum that it makes now, and what it feeds. Or one feature map: its kernels,
// the map, and what it feeds.

import { call } from "./api.js";
import { make } from "./elements.js";
import { mean, pooled, rowsOf, sum, times } from "./maps.js";
import { SIZE, glow, largest, mosaic, paint, paintSigned } from "./pixels.js";
import { signed } from "./words.js";

const SHOWN = 6; // of the weights to the next layer; to the digits, all
const AT_ONCE = 3; // requests, so that predictions need not wait
const NAMES = { relu: "ReLU", tanh: "tanh", sigmoid: "the sigmoid" };
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
  constructor(element, { activation, sizes, maps }, page) {
    Object.assign(this, { element, activation, sizes, page });
    this.maps = [[], ...maps, []];
    element.append(make("p", { className: "hint" }, "Here a neuron shows its weights, once something is drawn."));
  }

  /** Its weights to the next layer. */
  get feeds() { return this.#data?.feeds ?? []; }

  /** What each neuron or map of the layer before now adds to its sum; a kernel, to the mean of its sums. */
  get inputs() {
    const before = this.#answer?.hidden[this.#place.layer - 2] ?? [];
    if (!this.#data) return [];
    return before.map((value, k) => {
      const weights = this.#data.weights[k];
      if (!Array.isArray(value)) return value * weights;
      return this.#isMap ? sum(weights) * mean(pooled(value)) : sum(times(weights, pooled(value)));
    });
  }

  get #isMap() { return this.maps[this.#place.layer].length > 0; }

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
    const isNarrow = !this.#isMap && layer > 1 && !this.maps[layer - 1].length;
    const { width, height, values } = mosaic(this.#pictures());
    const weights = make("canvas", { width, height, role: "img", ariaLabel: "Its weights" });
    paintSigned(weights, values);
    const [what, now] = this.#captions();
    const [high, wide] = this.#isMap ? this.maps[layer] : isNarrow ? [SIZE, SIZE] : [height, width];
    this.added = make("canvas", { width: wide, height: high, role: "img", ariaLabel: now });
    this.sum = make("p", { className: "sum" });
    const pictures = [figure(weights, what), ...(now ? [figure(this.added, now)] : [])];
    this.element.replaceChildren(make("h3", {}, `${this.#isMap ? "Map" : "Neuron"} ${index} of layer ${layer}`),
      this.sum, make("div", { className: `pictures${isNarrow ? " narrow" : ""}` }, ...pictures), ...this.#feeding());
  }

  /** What its pictures are: of its weights, and of what they make now; "" if there is no such picture. */
  #captions() {
    const { layer } = this.#place;
    if (this.#isMap) {
      return [layer === 1 ? "Its kernel" : `Its kernels, one for each map of layer ${layer - 1}`, "The map now"];
    }
    if (layer === 1) return ["Its weights, one a pixel", "Times your ink: what it adds up"];
    if (this.maps[layer - 1].length) return ["Its weights, a square for each map", "Times the maps: what it adds up"];
    const isSecond = layer === 2; // through which one sees the pixels
    return [`Its weights to layer ${layer - 1}`, isSecond ? "Where ink would raise its sum now" : ""];
  }

  /** Its weights, as one picture, or as one for each map of the layer before. */
  #pictures() {
    const { weights } = this.#data;
    if (!Array.isArray(weights[0])) return [rowsOf(weights, this.page.columns(this.#place.layer - 1))];
    return Array.isArray(weights[0][0]) ? weights : [weights];
  }

  #feeding() {
    const { layer } = this.#place;
    const isLast = layer === this.sizes.length - 2;
    const feeds = this.#data.feeds.map((weight, to) => ({ weight, to }));
    if (!isLast) feeds.sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight)).splice(SHOWN);
    const most = largest(this.#data.feeds) || 1;
    const noun = this.maps[layer + 1].length ? "map " : "neuron ";
    const rows = feeds.map(({ weight, to }) => {
      const onclick = () => this.page.onSelect(layer + 1, to);
      const name = isLast ? make("b", {}, String(to))
        : make("button", { onclick, title: "Look at it" }, make("span", {}, noun), String(to));
      const bar = make("i", { className: weight > 0 ? "for" : "against" });
      bar.style.setProperty("--share", String(Math.abs(weight) / most));
      return make("li", {}, name, make("span", { className: "track" }, bar), make("span", {}, signed(weight)));
    });
    const title = isLast ? "It speaks for and against digits"
      : `It feeds layer ${layer + 1}; the ${rows.length} strongest ${this.#isMap ? "sums of weights" : "weights"}`;
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
    const out = answer.hidden[layer - 1][index];
    if (this.#isMap) {
      this.#showMap(out, answer.hidden[layer - 1]);
      return;
    }
    const isOfMaps = this.maps[layer - 1].length > 0;
    const before = layer === 1 ? [answer.image.map((row) => row.map((ink) => ink / 255))]
      : isOfMaps ? answer.hidden[layer - 2].map(pooled)
        : [rowsOf(answer.hidden[layer - 2], this.page.columns(layer - 1))];
    const products = this.#pictures().map((picture, k) => times(picture, before[k]));
    const total = products.reduce((all, picture) => all + sum(picture), 0);
    const inputs = layer === 1 ? "ink" : `layer ${layer - 1}`;
    this.sum.textContent = `Weights times ${inputs} make ${signed(total)}, its bias adds ${signed(this.#data.bias)}; `
      + `${this.#passing(out)} ${number(out)}.`;
    if (layer === 1 || isOfMaps) paintSigned(this.added, mosaic(products).values);
    else if (layer === 2) this.#lookThrough(before.flat(2));
  }

  #showMap(map, layer) {
    const { weights, bias } = this.#data;
    const [flat, most] = [map.flat(), largest(layer) || 1];
    const kernel = `of ${weights[0].length} × ${weights[0][0].length} weights`;
    const passing = this.#place.layer === 1 ? `Its kernel ${kernel} passes over the image`
      : `Its ${weights.length} kernels ${kernel} pass over the maps of layer ${this.#place.layer - 1}`;
    this.sum.textContent = `${passing}, its bias adds ${signed(bias)}. After ${NAMES[this.activation]}: from `
      + `${number(Math.min(...flat))} to ${number(Math.max(...flat))}, above 0 at `
      + `${flat.filter((value) => value > 0).length} of ${flat.length} places.`;
    paint(this.added, (k) => glow(flat[k] / most));
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

function number(value) {
  return value.toFixed(2).replace("-", "−");
}

function figure(canvas, text) {
  return make("figure", {}, canvas, make("figcaption", {}, text));
}
