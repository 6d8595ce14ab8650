// What the network sees, and why: the gradient of a digit's logit with respect to the pixels, laid over them.

import { byId } from "./elements.js";
import { SIZE, chalk, largest, paint, tint } from "./pixels.js";
import { a, at, percent, place, signed } from "./words.js";

const MARGIN = 4; // pixels around MNIST's digits, where their ink hardly ever is
const CLEAR = [0, 0, 0, 0];
const INKED = 60; // of 255: from here on, a pixel is ink in the sentences

export class Why {
  #answer = null;
  #frame = null;

  /** @param {import("./board.js").Board} board */
  constructor(board) {
    this.board = board;
    for (const id of ["strength", "on-drawing"]) byId(id).addEventListener("input", () => this.#paint());
    byId("seen").addEventListener("pointermove", (event) => this.#read(event));
    byId("seen").addEventListener("pointerleave", () => this.#read(null));
    this.show(null);
  }

  /**
   * @param {object | null} answer
   * @param {{x: number, y: number, unit: number} | null} frame  where the image lies on the paper
   */
  show(answer, frame = null) {
    this.#answer = answer;
    this.#frame = frame;
    this.#paint();
    this.#read(null);
    const digit = answer ? a(answer.saliency.digit) : "it";
    byId("for").textContent = `for ${digit}`;
    byId("against").textContent = `against ${digit}`;
    byId("reason").textContent = answer ? sentence(answer)
      : "Here your drawing appears as the network gets it, 28 × 28 pixels, and over it which of them matter.";
    byId("seen").ariaLabel = answer ? `What the network sees: ${extent(answer.image)}. ${sentence(answer)}`
      : "What the network sees: nothing yet";
  }

  /** Tell of the pixel at the pointer what it has and what it does. */
  #read(event) {
    const area = byId("seen").getBoundingClientRect();
    const index = (offset, length) => Math.min(Math.max(Math.floor((offset / length) * SIZE), 0), SIZE - 1);
    if (!this.#answer || !event) {
      byId("pixel").textContent = this.#answer ? "Point at a pixel to read its numbers." : "";
      return;
    }
    const [x, y] = [index(event.clientX - area.left, area.width), index(event.clientY - area.top, area.height)];
    const { image, saliency: { digit, values } } = this.#answer;
    byId("pixel").textContent = `Row ${y}, column ${x}: ink ${(image[y][x] / 255).toFixed(2)}; `
      + `d logit of ${digit} / d ink = ${signed(values[y][x])}`;
  }

  #paint() {
    const { image = [], saliency = { values: [] } } = this.#answer ?? {};
    const strength = Number(byId("strength").value);
    const most = largest(saliency.values) || 1;
    const shares = saliency.values.map((row) => row.map((value) => (strength * value) / most));
    const [ink, share] = [image.flat(), shares.flat()];
    paint(byId("seen"), (k) => (this.#answer ? tint(chalk(ink[k]), share[k]) : CLEAR));
    this.board.explain(this.#answer && byId("on-drawing").checked ? shares : null, this.#frame);
  }
}

/** What the overlay shows, in words: which ink helps and hurts most, and where more of it would. */
function sentence({ digit, probabilities, image, saliency: { digit: explained, values } }) {
  const [isPaper, isInk] = [(ink) => ink < INKED, (ink) => ink >= INKED];
  const harmful = strongest(image, values, isInk, -1);
  if (explained !== digit) {
    const missing = strongest(image, values, isPaper, 1);
    const wishes = [
      missing && `more ink ${missing}, where the paper is blue`,
      harmful && `less ${harmful}, where your ink is orange`,
    ];
    const now = percent(probabilities[explained]);
    return `What would make it ${a(explained)}, now at ${now}? Most of all ${wishes.filter(Boolean).join(", and ")}.`;
  }
  const helpful = strongest(image, values, isInk, 1);
  const unwanted = strongest(image, values, isPaper, -1);
  const clauses = [
    helpful && `your ink ${helpful} speaks most for ${a(digit)}`,
    harmful && `your ink ${harmful} most against it`,
    unwanted && `new ink would weaken it most ${unwanted}`,
  ];
  const text = clauses.filter(Boolean).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Where in the digit's square pixels of that kind of ink have the largest gradients of that sign; "" if none has. */
function strongest(image, values, isMeant, sign) {
  const sums = new Map();
  for (let y = MARGIN; y < SIZE - MARGIN; y++) {
    for (let x = MARGIN; x < SIZE - MARGIN; x++) {
      const where = place((x - MARGIN + 0.5) / (SIZE - 2 * MARGIN), (y - MARGIN + 0.5) / (SIZE - 2 * MARGIN));
      const value = isMeant(image[y][x]) ? Math.max(sign * values[y][x], 0) : 0;
      sums.set(where, (sums.get(where) ?? 0) + value);
    }
  }
  const [where, most] = [...sums].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return most > 0 ? at(where) : "";
}

function extent(image) {
  const rows = image.filter((row) => row.some((ink) => ink >= INKED)).length;
  const columns = image[0].filter((_, x) => image.some((row) => row[x] >= INKED)).length;
  return `a digit ${columns} pixels wide and ${rows} high, in the middle of 28 by 28`;
}
