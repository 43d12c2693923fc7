// Pure: masks as COCO's compressed run lengths, byte for byte as pycocotools writes them. Runs are lengths of
// stretches outside, inside, outside, …, down the columns from left to right; only the first may be 0.

const FIRST = 48; // a character carries six bits, from "0" on
const MORE = 32;
const SIGN = 16;
const LONGEST = 7; // characters of a number

/** The runs that `counts` stands for, or null when it is no mask of `width` × `height` pixels. */
export function decodeCounts(counts, { width, height }) {
  if (typeof counts !== 'string' || !counts) return null;
  const runs = [];
  let total = 0;
  let value = 0;
  let place = 1;
  let length = 0;
  for (let i = 0; i < counts.length; i += 1) {
    const code = counts.charCodeAt(i) - FIRST;
    if (code < 0 || code > 63 || (length += 1) > LONGEST) return null;
    value += (code & 31) * place;
    place *= 32;
    if (code & MORE) continue;
    if (code & SIGN) value -= place;
    if (runs.length > 2) value += runs.at(-2);
    if (value < 0) return null;
    runs.push(value);
    total += value;
    [value, place, length] = [0, 1, 0];
  }
  return length || total !== width * height ? null : runs;
}

/** COCO's compressed text for runs. */
export function encodeCounts(runs) {
  let text = '';
  runs.forEach((run, i) => {
    let rest = i > 2 ? run - runs[i - 2] : run;
    for (let more = true; more;) {
      const bits = ((rest % 32) + 32) % 32;
      rest = (rest - bits) / 32;
      more = bits & SIGN ? rest !== -1 : rest !== 0;
      text += String.fromCharCode(bits + (more ? MORE : 0) + FIRST);
    }
  });
  return text;
}

/** The runs of a mask; `pixels` holds 0 or 1, row by row. */
export function runsIn(pixels, { width, height }) {
  const runs = [];
  let inside = 0;
  let run = 0;
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      const here = pixels[y * width + x] ? 1 : 0;
      if (here !== inside) {
        runs.push(run);
        [inside, run] = [here, 0];
      }
      run += 1;
    }
  }
  runs.push(run);
  return runs;
}

/**
 * The mask with every `step`-th pixel of every `step`-th column, row by row: { pixels, width, height, step }. With step
 * 1 it is whole; with more, the pixel in the middle of each step × step square speaks for it. Costs what it returns
 * and a look at each run, never the full size.
 */
export function pixelsOf(runs, { width, height }, step = 1) {
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const pixels = new Uint8Array(columns * rows);
  const middle = (at, size) => Math.min(size - 1, at * step + (step >> 1));
  let run = 0;
  let end = runs[0];
  for (let x = 0; x < columns; x += 1) {
    const top = middle(x, width) * height;
    for (let y = 0; y < rows; y += 1) {
      const at = top + middle(y, height);
      while (at >= end) end += runs[run += 1];
      pixels[y * columns + x] = run & 1;
    }
  }
  return { pixels, width: columns, height: rows, step };
}

/** How many pixels are inside. */
export const areaOf = (runs) => runs.reduce((sum, run, i) => (i % 2 ? sum + run : sum), 0);

/** [x, y, w, h] around what is inside. */
export function boundsOf(runs, { height }) {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  let at = 0;
  runs.forEach((run, i) => {
    const [first, last] = [at, at + run - 1];
    at += run;
    if (!(i % 2) || !run) return;
    const [from, to] = [Math.floor(first / height), Math.floor(last / height)];
    [left, right] = [Math.min(left, from), to];
    top = Math.min(top, from === to ? first % height : 0);
    bottom = Math.max(bottom, from === to ? last % height : height - 1);
  });
  return right < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1];
}
