// Images of 28 x 28 and their colours: grey ink on black, and over it blue for what is positive, orange for negative.

export const SIZE = 28;
const SCALE = 10; // units of the paper for a pixel
const INK = 2.5; // pixels that a pen is wide, as in MNIST
export const BLACK = [11, 14, 19];
const WHITE = [244, 246, 249];
export const FOR = [70, 160, 255]; // two colours that nearly all eyes tell apart
export const AGAINST = [255, 138, 30];
const [LIT, NEGATIVE] = [[255, 214, 80], [176, 132, 255]]; // an activation below zero: only tanh has such
const GAP = [58, 66, 80]; // between pictures

/** The largest magnitude in nested lists of numbers. */
export function largest(values) {
  return values.flat(Infinity).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/**
 * Paint into a canvas of as many pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {(k: number) => number[]} colour  of the k-th pixel: red, green, blue, and perhaps alpha, of 0-255
 */
export function paint(canvas, colour) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let k = 0; k < canvas.width * canvas.height; k++) image.data.set([...colour(k), 255].slice(0, 4), 4 * k);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Paint signed numbers: black for zero, blue above, orange below; the largest magnitude is the brightest. */
export function paintSigned(canvas, values, most = largest(values)) {
  paint(canvas, (k) => (values[k] === null ? GAP : tint(BLACK, (values[k] ?? 0) / (most || 1))));
}

/** A colour mixed with blue, as far as `share` is above zero, or with orange, as far as it is below. */
export function tint(base, share) {
  return mix(base, share > 0 ? FOR : AGAINST, share);
}

/** How an activation looks that is this share of the largest. */
export function glow(share) {
  return mix(BLACK, share < 0 ? NEGATIVE : LIT, share);
}

function mix(base, goal, share) {
  const part = Math.min(Math.abs(share), 1);
  return base.map((value, channel) => value + (goal[channel] - value) * part);
}

/** How many of so many stand side by side, so that the rows are full if that can be. */
function across(count) {
  const side = Math.ceil(Math.sqrt(count));
  const wider = [...Array(side).keys()].map((more) => side + more);
  return wider.find((width) => count % width === 0) ?? side;
}

/**
 * Pictures of one size side by side, null in the gaps between them.
 * @param {number[][][]} pictures  each a list of rows, of which the last may be short
 */
export function mosaic(pictures) {
  const [high, wide] = [pictures[0].length + 1, pictures[0][0].length + 1];
  const columns = across(pictures.length);
  const [width, height] = [columns * wide - 1, Math.ceil(pictures.length / columns) * high - 1];
  const values = Array.from({ length: width * height }, (_, k) => {
    const [x, y] = [k % width, Math.floor(k / width)];
    const picture = pictures[Math.floor(y / high) * columns + Math.floor(x / wide)];
    return picture && y % high < high - 1 && x % wide < wide - 1 ? picture[y % high][x % wide] ?? 0 : null;
  });
  return { width, height, values };
}

/** Ink (0-255) as it looks on the board. */
export function chalk(ink) {
  return BLACK.map((dark, channel) => dark + ((WHITE[channel] - dark) * ink) / 255);
}

const scratch = document.createElement("canvas");
scratch.width = scratch.height = SIZE;
const context = scratch.getContext("2d", { willReadFrequently: true });

/** The pixels (28 rows of 0-255), and strokes in units of the paper drawn over them. */
export function raster(pixels, strokes, pen) {
  context.resetTransform();
  context.fillStyle = "#000";
  context.fillRect(0, 0, SIZE, SIZE);
  context.scale(1 / SCALE, 1 / SCALE);
  context.strokeStyle = "#fff";
  trace(context, strokes, INK * SCALE * pen);
  const { data } = context.getImageData(0, 0, SIZE, SIZE);
  return pixels.map((row, y) => row.map((ink, x) => Math.max(ink, data[4 * (y * SIZE + x)])));
}

/** Draw strokes in a context's own units, with round ends; a stroke of one point is a dot. */
export function trace(context, strokes, width) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  for (const stroke of strokes) {
    context.moveTo(...stroke[0]);
    for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(...point);
  }
  context.stroke();
}

/**
 * Where on the paper the network's image lies, as the preparation moved and scaled the drawing.
 *
 * Of strokes, the preparation makes the box of their points 20 pixels less the pen's width long; of pixels, the box of
 * the ink 20 pixels. Both boxes keep their middle, so the image's ink says where that went.
 * @returns {{x: number, y: number, unit: number} | null} left, top, and side of a pixel, in units of the paper
 */
export function frame(body, image) {
  const seen = inkBox(image);
  if (!seen) return null;
  let [box, unit] = [null, SCALE];
  if (body.strokes) {
    box = boxOf(body.strokes.flat());
    unit = box.length / (20 - INK * body.pen);
    if (!unit) return null; // a dot has no length
  } else {
    box = inkBox(body.pixels);
    unit = (SCALE * box.length) / seen.length;
    box = { x: box.x * SCALE, y: box.y * SCALE };
  }
  return { x: box.x - seen.x * unit, y: box.y - seen.y * unit, unit };
}

/** The middle and the longer side of the box around the ink; a tenth of the strongest is a blur around it. */
function inkBox(image) {
  const floor = largest(image) / 10;
  const points = image.flatMap((row, y) => row.flatMap((ink, x) => (ink > floor ? [[x, y], [x + 1, y + 1]] : [])));
  return points.length ? boxOf(points) : null;
}

function boxOf(points) {
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, length: Math.max(right - left, bottom - top) };
}
