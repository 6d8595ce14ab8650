// Drawing by keyboard: a cursor on the paper, moved by the arrows, whose pen is put down and lifted.

import { SIDE } from "./drawing.js";
import { announce, at, place } from "./words.js";

const STEP = 7; // units of the paper
const FURTHER = 4; // times as far, with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {import("./board.js").Board} board
 * @param {import("./drawing.js").Drawing} drawing
 */
export function drawByKeys(board, drawing) {
  const { canvas } = board;
  const held = new Set(); // arrows: two at once move aslant
  const cursor = { x: SIDE / 2, y: SIDE / 2 };
  let isDown = false;

  const show = () => board.point({ ...cursor, isDown });
  const where = () => at(place(cursor.x / SIDE, cursor.y / SIDE));

  function move(far) {
    for (const name of held) {
      cursor.x = clamp(cursor.x + ARROWS[name][0] * STEP * far);
      cursor.y = clamp(cursor.y + ARROWS[name][1] * STEP * far);
    }
    if (isDown) drawing.add(cursor.x, cursor.y);
    else announce(where(), 400);
  }

  function toggle() {
    isDown = !isDown;
    if (isDown) drawing.begin(cursor.x, cursor.y);
    else drawing.end();
    announce(`Pen ${isDown ? "down" : "up"}, ${where()}`);
  }

  function drop() {
    isDown = false;
    drawing.drop();
    announce("Stroke dropped, pen up");
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      held.add(event.key);
      move(event.shiftKey ? FURTHER : 1);
    } else if (event.key === " " || event.key === "Enter") {
      if (!event.repeat) toggle();
    } else if (event.key === "Escape" && isDown) {
      drop();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      isDown = false;
      drawing.clear();
    } else {
      return;
    }
    event.preventDefault();
    show();
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) show();
  });
  canvas.addEventListener("blur", () => {
    held.clear();
    if (isDown) drawing.end();
    isDown = false;
    board.point(null);
  });
  canvas.addEventListener("pointerdown", () => {
    isDown = false;
    board.point(null);
  });
  drawing.addEventListener("change", () => { // undone, cleared or replaced: the stroke is no more
    if (isDown && !drawing.isDrawing) {
      isDown = false;
      show();
    }
  });
}

function clamp(value) {
  return Math.min(Math.max(value, 0), SIDE);
}
