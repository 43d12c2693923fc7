// Pure: all kinds of shape that can be shown, read-only: those the workspace draws (shapes.js), and polygons, masks and
// keypoints. A figure holds its geometry ready to be drawn: { type, label, path?, dots?, … } from `fromJson`.

import { contourOf, edgeLength } from './contour.js';
import { SHAPES } from './shapes.js';
import { areaOf, boundsOf, decodeCounts, pixelsOf } from './rle.js';

const SHARP = 2048; // pixels of the longer side that a mask is shown with at most
const RAGGED = 200_000; // sides of pixels that its edge has at most; a more ragged one is shown coarser

const isPoint = (value) => Number.isFinite(value);

function around(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
}

/** How far a point is from the stretch between two others. */
function segmentDistance([ax, ay], [bx, by], [px, py]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length)) : 0;
  return Math.hypot(ax + t * dx - px, ay + t * dy - py);
}

const pairs = (ring) => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]]);
const sides = (ring) => ring.map((point, i) => [point, ring[(i + 1) % ring.length]]);
const isRing = (ring) => Array.isArray(ring) && ring.length >= 6 && ring.length % 2 === 0 && ring.every(isPoint);

function inRing(ring, [px, py]) {
  const crossed = sides(ring).filter(([[ax, ay], [bx, by]]) =>
    ay > py !== by > py && px < ax + ((py - ay) / (by - ay)) * (bx - ax));
  return crossed.length % 2 === 1;
}

const twiceArea = (ring) => Math.abs(sides(ring).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0));

const polygon = {
  name: 'polygon',
  fromJson({ segmentation }) {
    if (!Array.isArray(segmentation) || !segmentation.length || !segmentation.every(isRing)) return null;
    return { rings: segmentation.map(pairs) };
  },
  bounds: ({ rings }) => around(rings.flat()),
  area: ({ rings }) => rings.reduce((sum, ring) => sum + twiceArea(ring) / 2, 0),
  contains: ({ rings }, point) => rings.some((ring) => inRing(ring, point)),
  edgeDistance: ({ rings }, point) => Math.min(...rings.flatMap(sides).map(([a, b]) => segmentDistance(a, b, point))),
  outline: ({ rings }) => [['path', { d: rings.map((ring) => `M${ring.map((at) => at.join(' ')).join('L')}Z`).join('') }]],
};

const mask = {
  name: 'mask',
  fromJson({ segmentation }, image) {
    const { size, counts } = segmentation ?? {};
    if (!Array.isArray(size) || size[0] !== image.height || size[1] !== image.width) return null;
    const runs = decodeCounts(counts, image);
    if (!runs) return null;
    let step = Math.max(1, Math.ceil(Math.max(image.width, image.height) / (image.sharp ?? SHARP)));
    let seen = pixelsOf(runs, image, step);
    while (edgeLength(seen) > RAGGED) seen = pixelsOf(runs, image, step *= 2);
    return { seen, path: contourOf(seen, image), box: boundsOf(runs, image), pixels: areaOf(runs) };
  },
  bounds: ({ box }) => box,
  area: ({ pixels }) => pixels,
  contains: ({ seen }, [x, y]) => {
    const [column, row] = [Math.floor(x / seen.step), Math.floor(y / seen.step)];
    return column >= 0 && row >= 0 && column < seen.width && row < seen.height
      && seen.pixels[row * seen.width + column] === 1;
  },
  edgeDistance: () => Infinity,
  outline: ({ path }) => [['path', { d: path, 'data-fill': 'mask' }]],
};

const keypoints = {
  name: 'keypoints',
  fromJson({ keypoints: values }, image, label) {
    if (!Array.isArray(values) || !values.length || values.length % 3 || !values.every(isPoint)) return null;
    const names = label?.skeleton?.points ?? [];
    const points = Array.from({ length: values.length / 3 }, (_, i) =>
      ({ at: [values[3 * i], values[3 * i + 1]], seen: values[3 * i + 2], name: names[i] ?? `${i + 1}` }));
    const lines = (label?.skeleton?.edges ?? []).map((pair) => pair.map((name) => points[names.indexOf(name)]))
      .filter((ends) => ends.every((end) => end?.seen > 0)).map((ends) => ends.map(({ at }) => at));
    const marked = points.filter(({ seen }) => seen > 0);
    return marked.length ? { marked, lines } : null;
  },
  bounds: ({ marked }) => around(marked.map(({ at }) => at)),
  area: ({ marked }) => Math.max(1, around(marked.map(({ at }) => at)).slice(2).reduce((w, h) => w * h)),
  contains: () => false,
  edgeDistance: ({ marked, lines }, point) => Math.min(
    ...marked.map(({ at }) => segmentDistance(at, at, point)), ...lines.map(([a, b]) => segmentDistance(a, b, point))),
  // A dot is a line of no length with round ends: it keeps its size on the screen however far one zooms in.
  outline: ({ marked, lines }) => [
    ...lines.map(([[x1, y1], [x2, y2]]) => ['line', { x1, y1, x2, y2 }]),
    ...marked.map(({ at, seen }) => ['path', { d: `M${at.join(' ')}h0`, 'data-dot': seen > 1 ? 'seen' : 'hidden' }]),
  ],
};

export const FIGURES = new Map([...SHAPES, ['polygon', polygon], ['mask', mask], ['keypoints', keypoints]]);

/** The entry for a figure. */
export const figureOf = (figure) => FIGURES.get(figure.type);

/** How a point of keypoints near a place is called, with whether it can be seen; "" where none is near. */
export function pointName(figure, place, tolerance) {
  const near = (figure.marked ?? []).filter(({ at }) => Math.hypot(at[0] - place[0], at[1] - place[1]) <= tolerance);
  return near.length ? `${near[0].name}${near[0].seen > 1 ? '' : ' (hidden)'}` : '';
}
