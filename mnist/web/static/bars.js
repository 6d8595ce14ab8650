// The answer: which digit, how sure, and ten bars, each a choice of what is to be explained.

import { byId, make } from "./elements.js";
import { percent, verdict } from "./words.js";

const DIGITS = [...Array(10).keys()];

export class Bars {
  #bars = DIGITS.map((digit) => {
    const input = make("input", { type: "radio", name: "explained", value: String(digit) });
    const [fill, share] = [make("i"), make("span", { className: "share" })];
    const label = make("label", { className: "bar" }, input, make("b", {}, String(digit)),
      make("span", { className: "track" }, fill), share);
    return { input, fill, share, label };
  });

  /** @param {(digit: number | null) => void} onChoice  null: whichever is the answer */
  constructor(onChoice) {
    byId("ten").append(...this.#bars.map((bar) => bar.label));
    byId("bars").addEventListener("change", (event) => {
      onChoice(event.target.value === "" ? null : Number(event.target.value));
    });
    this.show(null);
  }

  /** Explain the answer again, whichever it is. */
  reset() {
    byId("bars").querySelector("[value='']").click();
  }

  /** Say why there is no answer. */
  fail(message) {
    this.show(null);
    byId("words").textContent = message;
  }

  /**
   * @param {object | null} answer  null where nothing is drawn
   * @param {{label: number} | null} sample  whose right answer is known
   */
  show(answer, sample = null) {
    const isSure = answer?.sure ?? false;
    byId("answer").dataset.state = answer ? (isSure ? "sure" : "unsure") : "empty";
    byId("digit").textContent = answer ? answer.digit : "?";
    byId("words").textContent = answer ? verdict(answer) + judgement(answer, sample)
      : "Nothing is drawn yet. The bars move as soon as you begin.";
    for (const digit of DIGITS) {
      const { fill, share, label } = this.#bars[digit];
      const probability = answer?.probabilities[digit] ?? 0;
      fill.style.setProperty("--share", probability);
      share.textContent = answer ? percent(probability) : "";
      label.classList.toggle("first", digit === answer?.digit);
    }
  }
}

function judgement(answer, sample) {
  if (!sample) return "";
  const { label } = sample;
  return answer.digit === label ? ` Its label says ${label}, too.` : ` But its label says ${label}.`;
}
