// Everything together: what is drawn goes to the server, and its answer to what shows it.

import { Lost, Predictions, call } from "./api.js";
import { Bars } from "./bars.js";
import { Board } from "./board.js";
import { Drawing } from "./drawing.js";
import { byId } from "./elements.js";
import { showGraph } from "./graph.js";
import { Inside } from "./inside.js";
import { drawByKeys } from "./keys.js";
import { frame } from "./pixels.js";
import { showSamples } from "./samples.js";
import { Why } from "./why.js";
import { announce, verdict } from "./words.js";

const QUIET = 900; // ms without a change, before the answer is read out

const drawing = new Drawing();
const board = new Board(byId("board"), drawing);
const why = new Why(board);
const inside = new Inside();
let chosen = null; // the digit to explain; null: the answer

const bars = new Bars((digit) => {
  chosen = digit;
  outdateGraph();
  if (!drawing.isEmpty) predictions.ask();
});

const predictions = new Predictions({
  body,
  onAnswer: show,
  onError(error) {
    const isLost = error instanceof Lost;
    byId("trouble").hidden = !isLost;
    byId("trouble").textContent = isLost ? error.message : "";
    if (error && !isLost) bars.fail(error.message);
  },
  onBusy(isBusy) { byId("answer").ariaBusy = String(isBusy); },
});

function body() {
  return { ...drawing.body(), ...(chosen === null ? {} : { digit: chosen }) };
}

function show(answer, asked = null) {
  bars.show(answer, drawing.strokes.length ? null : drawing.sample);
  why.show(answer, answer && frame(asked, answer.image));
  inside.show(answer, !drawing.isDrawing);
  announce(answer ? verdict(answer) : "", QUIET);
}

drawing.addEventListener("change", (event) => {
  byId("undo").disabled = !drawing.canUndo;
  byId("redo").disabled = !drawing.canRedo;
  byId("clear").disabled = drawing.isEmpty;
  byId("invitation").hidden = !drawing.isEmpty;
  if (!event.detail.grown) predictions.forget(); // what is on its way is not about this drawing
  if (drawing.isEmpty) show(null);
  else predictions.ask();
});

const outdateGraph = showGraph(drawing, body);
drawByKeys(board, drawing);
for (const name of ["undo", "redo", "clear"]) byId(name).addEventListener("click", () => drawing[name]());
byId("pens").addEventListener("change", (event) => { drawing.pen = Number(event.target.value); });

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !event.altKey && (key === "z" || key === "y")) {
    event.preventDefault();
    if (key === "y" || event.shiftKey) drawing.redo();
    else drawing.undo();
  } else if (event.key === "Escape" && chosen !== null && !event.defaultPrevented) {
    bars.reset();
  }
});

async function start() {
  showSamples(drawing);
  try {
    const model = await call("/api/model");
    inside.build(model);
    const { name, kind, architecture, activation, accuracy } = model;
    for (const element of document.querySelectorAll("[data-kind]")) element.hidden = element.dataset.kind !== kind;
    const right = accuracy === null ? "" : ` It reads ${(100 * accuracy).toFixed(2)} % of MNIST's test digits rightly.`;
    byId("model").textContent = `The model is ${name}: ${architecture}, ${activation}.${right}`;
  } catch (error) {
    byId("inside-hint").textContent = error.message;
  }
}

start();
