// Feature maps: what a convolution makes of an image, as rows of numbers.

/** The mean of a map; a number is its own. */
export function mean(map) {
  const values = [map].flat(2);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The sum of rows of numbers; a number is its own. */
export function sum(map) {
  return [map].flat(2).reduce((total, value) => total + value, 0);
}

/** The map as the next layer gets it: of each two by two places the largest. */
export function pooled(map) {
  return Array.from({ length: Math.floor(map.length / 2) }, (_, y) => (
    Array.from({ length: Math.floor(map[0].length / 2) }, (_, x) => (
      Math.max(map[2 * y][2 * x], map[2 * y][2 * x + 1], map[2 * y + 1][2 * x], map[2 * y + 1][2 * x + 1])
    ))
  ));
}

/** Each number of rows times the one at its place in others. */
export function times(rows, others) {
  return rows.map((row, y) => row.map((value, x) => value * others[y][x]));
}

/** A list of numbers as rows of so many. */
export function rowsOf(numbers, width) {
  return Array.from({ length: Math.ceil(numbers.length / width) }, (_, y) => numbers.slice(y * width, (y + 1) * width));
}
