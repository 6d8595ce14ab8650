// Thumbnails of real test digits, to take one as the drawing.

import { call } from "./api.js";
import { byId, make } from "./elements.js";
import { SIZE, chalk, paint } from "./pixels.js";
import { a } from "./words.js";

const COUNT = 11; // and the button for others

/** @param {import("./drawing.js").Drawing} drawing */
export async function showSamples(drawing) {
  const place = byId("thumbnails");
  const more = make("button", { id: "more", title: "Other samples", onclick: load }, "more");

  async function load() {
    let samples;
    try {
      ({ samples } = await call(`/api/samples?count=${COUNT}`));
    } catch (error) {
      if (!place.contains(more)) place.hidden = true; // there were none before
      byId("samples-hint").textContent = error.message;
      return;
    }
    place.replaceChildren(...samples.map((sample) => thumbnail(sample, () => drawing.load(sample))), more);
  }

  await load();
}

function thumbnail(sample, onclick) {
  const canvas = make("canvas", { width: SIZE, height: SIZE });
  const flat = sample.pixels.flat();
  paint(canvas, (k) => chalk(flat[k]));
  const name = `Take ${a(sample.label)}: number ${sample.index} of the test set`;
  const properties = { className: "thumbnail", ariaLabel: name, title: name, onclick };
  return make("button", properties, canvas, String(sample.label));
}
