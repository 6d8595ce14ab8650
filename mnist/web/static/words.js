// How the page says numbers, digits and places.

/** A probability in percent, as short as it can be said. */
export function percent(probability) {
  if (probability < 0.01) return "<1\u00a0%";
  return probability > 0.99 ? ">99\u00a0%" : `${Math.round(100 * probability)}\u00a0%`;
}

/** "a 3", "an 8". */
export function a(digit) {
  return digit === 8 ? "an 8" : `a ${digit}`;
}

/** A number with a sign and so many decimals. */
export function signed(value, decimals = 2) {
  const size = Math.abs(value).toFixed(decimals);
  return `${value < 0 && Number(size) ? "−" : "+"}${size}`;
}

/** Where a point is, x and y from 0 to 1: "top left", "middle". */
export function place(x, y) {
  const third = (value) => Math.min(Math.floor(value * 3), 2);
  const [row, column] = [["top", "", "bottom"][third(y)], ["left", "", "right"][third(x)]];
  return [row, column].filter(Boolean).join(" ") || "middle";
}

/** The same with its preposition: "at the top left", "in the middle". */
export function at(where) {
  return where === "middle" ? "in the middle" : `at the ${where}`;
}

/** What the network says, in a sentence. */
export function verdict({ digit, sure, probabilities }) {
  const sorted = probabilities.map((probability, other) => [probability, other]).sort((x, y) => y[0] - x[0]);
  if (sure) return `It is ${a(digit)}: ${percent(probabilities[digit])}.`;
  const [first, second] = sorted.map(([probability, other]) => `${a(other)} (${percent(probability)})`);
  return `Not sure. Perhaps ${first}, or ${second}.`;
}

const region = document.getElementById("said");
let waiting;

/** Let screen readers say it, when nothing else was to be said for a moment. */
export function announce(text, delay = 0) {
  clearTimeout(waiting);
  const say = () => { region.textContent = text; };
  if (delay) waiting = setTimeout(say, delay);
  else say();
}
