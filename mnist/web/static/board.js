// The paper on the screen: shows the drawing, and lets mouse, pen and finger draw.

import { PEN, SIDE } from "./drawing.js";
import { SIZE, chalk, paint, tint, trace } from "./pixels.js";

const PALM = 800; // ms after a pen was near in which a touch is the hand that holds it

export class Board {
  #why = null; // {picture: canvas with alpha, frame: where it lies}
  #cursor = null; // {x, y, isDown} in units: of who draws by keyboard
  #pointer = null; // {id, type} of who is drawing
  #lastPen = -Infinity;
  #isPending = false;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./drawing.js").Drawing} drawing
   */
  constructor(canvas, drawing) {
    this.canvas = canvas;
    this.drawing = drawing;
    drawing.addEventListener("change", () => this.#later());
    new ResizeObserver(() => this.#later()).observe(canvas);
    window.addEventListener("resize", () => this.#later()); // also when only the pixels' density changes
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => this.#up(event));
    }
    canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press draws a dot
  }

  /**
   * Lay shares (28 x 28 of -1 to 1, blue above zero) over the drawing, where the network's image lies on it.
   * @param {number[][] | null} shares
   */
  explain(shares, frame) {
    this.#why = shares && frame && { picture: veil(shares), frame };
    this.#later();
  }

  /** Show where the pen of who draws by keyboard is; null: nowhere. */
  point(cursor) {
    this.#cursor = cursor;
    this.#later();
  }

  // -- pointers: only one at a time draws -----------------------------------------------------------------------------

  #down(event) {
    if (event.pointerType === "pen") this.#lastPen = event.timeStamp;
    const isPalm = event.pointerType === "touch" && event.timeStamp - this.#lastPen < PALM;
    if (event.button !== 0 || isPalm) return;
    if (this.#pointer) {
      if (event.pointerType !== "pen" || this.#pointer.type === "pen") return;
      this.drawing.drop(); // the palm came down before the pen
    }
    this.#pointer = { id: event.pointerId, type: event.pointerType };
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing.begin(...this.#place(event));
  }

  #move(event) {
    if (event.pointerType === "pen") this.#lastPen = event.timeStamp;
    if (event.pointerId !== this.#pointer?.id) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) this.drawing.add(...this.#place(move));
  }

  #up(event) {
    if (event.pointerId !== this.#pointer?.id) return;
    this.#pointer = null;
    this.drawing.end();
  }

  #place(event) {
    const area = this.canvas.getBoundingClientRect();
    return [((event.clientX - area.left) / area.width) * SIDE, ((event.clientY - area.top) / area.height) * SIDE];
  }

  // -- showing --------------------------------------------------------------------------------------------------------

  #later() {
    if (this.#isPending) return;
    this.#isPending = true;
    requestAnimationFrame(() => {
      this.#isPending = false;
      this.#show();
    });
  }

  #show() {
    const { canvas, drawing } = this;
    const pixels = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const context = canvas.getContext("2d");
    context.setTransform(pixels / SIDE, 0, 0, pixels / SIDE, 0, 0);
    context.clearRect(0, 0, SIDE, SIDE);
    context.imageSmoothingEnabled = false;
    if (drawing.sample) context.drawImage(inked(drawing.sample.pixels), 0, 0, SIDE, SIDE);
    context.strokeStyle = `rgb(${chalk(255)})`;
    trace(context, drawing.strokes, PEN * drawing.pen);
    if (this.#why) {
      const { picture, frame } = this.#why;
      context.drawImage(picture, frame.x, frame.y, frame.unit * SIZE, frame.unit * SIZE);
    }
    if (this.#cursor) this.#showCursor(context);
  }

  #showCursor(context) {
    const { x, y, isDown } = this.#cursor;
    const radius = (PEN * this.drawing.pen) / 2;
    for (const [colour, width] of [["#000", 5], ["#ffd84d", 2]]) { // seen on ink and beside it
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + dx * radius, y + dy * radius);
        context.lineTo(x + dx * (radius + 7), y + dy * (radius + 7));
      }
      context.stroke();
    }
    if (isDown) context.fill();
  }
}

function small() {
  return Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
}

function inked(pixels) {
  const canvas = small();
  paint(canvas, (k) => chalk(pixels.flat()[k]));
  return canvas;
}

function veil(shares) {
  const [canvas, flat] = [small(), shares.flat()];
  paint(canvas, (k) => [...tint([0, 0, 0], Math.sign(flat[k])), 255 * Math.abs(flat[k])]);
  return canvas;
}
