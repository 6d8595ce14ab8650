// The drawing: strokes as points, perhaps over a sample, with undo and redo. It knows nothing of the screen.

import { raster } from "./pixels.js";

export const SIDE = 280; // units of the paper, ten for a pixel of MNIST's
export const PEN = 22; // units: 2.5 pixels where a digit is as high as most draw it
const MANY = 8000; // points; the server takes no more than 10,000
const NEAR = 1.5; // units: what lies nearer to the last point says nothing new

/**
 * @typedef {[number, number]} Point  x to the right, y down, in units
 * @typedef {{index: number, label: number, pixels: number[][]}} Sample
 * @typedef {{strokes: Point[][], sample: Sample | null}} State  never changed, only replaced
 */

/**
 * Fires "change"; its detail says whether ink was only added (`grown`), so that an answer to what was there before
 * still tells something.
 */
export class Drawing extends EventTarget {
  /** @type {State[]} */
  #states = [{ strokes: [], sample: null }];
  #at = 0; // the state that is shown; those behind it can be redone
  /** @type {Point[] | null} */
  #stroke = null; // the one that is being drawn
  #pen = 1;

  get sample() { return this.#states[this.#at].sample; }
  get strokes() { return [...this.#states[this.#at].strokes, ...(this.#stroke ? [this.#stroke] : [])]; }
  get isEmpty() { return !this.sample && !this.#states[this.#at].strokes.length && !this.isDrawing; }
  get isDrawing() { return this.#stroke !== null; }
  get canUndo() { return this.#at > 0 || this.isDrawing; }
  get canRedo() { return this.#at < this.#states.length - 1; }

  /** How wide all strokes are, 1 for as usual. */
  get pen() { return this.#pen; }
  set pen(width) {
    this.#pen = width;
    this.#changed(false);
  }

  begin(x, y) {
    this.end();
    this.#stroke = [inside(x, y)];
    this.#changed(true);
  }

  add(x, y) {
    if (!this.#stroke) return;
    const point = inside(x, y);
    const [lastX, lastY] = this.#stroke.at(-1);
    if (Math.hypot(point[0] - lastX, point[1] - lastY) < NEAR) return;
    this.#stroke.push(point);
    this.#changed(true);
  }

  end() {
    if (!this.#stroke) return;
    const { strokes, sample } = this.#states[this.#at];
    const stroke = this.#stroke;
    this.#stroke = null;
    this.#push({ strokes: [...strokes, stroke], sample }, true);
  }

  /** Drop the stroke that is being drawn. */
  drop() {
    this.#stroke = null;
    this.#changed(false);
  }

  load(sample) {
    this.#stroke = null;
    this.#push({ strokes: [], sample }, false);
  }

  clear() {
    if (this.#stroke) this.end(); // so that undo brings it back
    if (!this.isEmpty) this.#push({ strokes: [], sample: null }, false);
  }

  undo() {
    if (this.#stroke) this.end();
    this.#go(this.#at - 1);
  }

  redo() {
    if (!this.#stroke) this.#go(this.#at + 1);
  }

  /** What the server is to be told: points, or, as a sample has none, pixels with the strokes drawn into them. */
  body() {
    if (this.sample) return { pixels: raster(this.sample.pixels, this.strokes, this.pen) };
    return { strokes: thinned(this.strokes), pen: this.pen };
  }

  #go(place) {
    if (place < 0 || place >= this.#states.length) return;
    this.#at = place;
    this.#changed(false);
  }

  #push(state, grown) {
    this.#states = [...this.#states.slice(0, this.#at + 1), state];
    this.#at += 1;
    this.#changed(grown);
  }

  #changed(grown) {
    this.dispatchEvent(new CustomEvent("change", { detail: { grown } }));
  }
}

/** The strokes with fewer points between their ends, where there are too many. */
function thinned(strokes) {
  const step = Math.ceil(strokes.reduce((sum, stroke) => sum + stroke.length, 0) / MANY);
  return strokes.map((stroke) => stroke.filter((_, k) => k % step === 0 || k === stroke.length - 1));
}

/** @returns {Point} on the paper, and short when written */
function inside(x, y) {
  const clamp = (value) => Math.round(Math.min(Math.max(value, 0), SIDE) * 10) / 10;
  return [clamp(x), clamp(y)];
}
