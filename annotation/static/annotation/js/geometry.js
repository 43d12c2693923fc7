// Pure geometry. Image points are pixels of the picture at its full size: (0, 0) is the outer corner of the first
// pixel, (width, height) that of the last. A view maps them to the screen: screen = image * k + (x, y).

export const round2 = (value) => Math.round(value * 100) / 100;
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
export const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** The nearest point inside the image. */
export const clampPoint = ([x, y], { width, height }) => [clamp(x, 0, width), clamp(y, 0, height)];

/** [x, y, w, h] spanned by two opposite corners, in any order. */
export const rectFrom = ([ax, ay], [bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by)];

/** Both edges are rounded, not the size, so that neighbours that touched still touch. */
export function roundRect([x, y, w, h]) {
  const left = round2(x);
  const top = round2(y);
  return [left, top, round2(round2(x + w) - left), round2(round2(y + h) - top)];
}

/** The part of a rectangle that lies inside the image. */
export function clipRect([x, y, w, h], image) {
  return rectFrom(clampPoint([x, y], image), clampPoint([x + w, y + h], image));
}

/** Moved as far as the image allows; the size never changes. */
export function moveRect([x, y, w, h], dx, dy, { width, height }) {
  return [clamp(x + dx, 0, Math.max(0, width - w)), clamp(y + dy, 0, Math.max(0, height - h)), w, h];
}

/** One handle dragged to `point`; handle is [fx, fy] with 0 = left/top edge, 1 = right/bottom, 0.5 = untouched. */
export function resizeRect([x, y, w, h], [fx, fy], point) {
  const a = [fx === 0 ? point[0] : x, fy === 0 ? point[1] : y];
  const b = [fx === 1 ? point[0] : x + w, fy === 1 ? point[1] : y + h];
  return rectFrom(a, b);
}

export const inRect = ([x, y, w, h], [px, py], slack = 0) =>
  px >= x - slack && px <= x + w + slack && py >= y - slack && py <= y + h + slack;

/** Distance from a point to the outline of a rectangle. */
export function edgeDistance([x, y, w, h], [px, py]) {
  const outside = Math.hypot(Math.max(x - px, 0, px - x - w), Math.max(y - py, 0, py - y - h));
  return outside || Math.min(px - x, x + w - px, py - y, y + h - py);
}

export const toImage = (view, [sx, sy]) => [(sx - view.x) / view.k, (sy - view.y) / view.k];
export const toScreen = (view, [x, y]) => [x * view.k + view.x, y * view.k + view.y];

/** The view that shows the whole image, centred, with a margin in screen pixels. */
export function fitView(image, { width, height }, margin = 0) {
  const k = Math.max(1e-3, Math.min((width - 2 * margin) / image.width, (height - 2 * margin) / image.height));
  return { k, x: (width - image.width * k) / 2, y: (height - image.height * k) / 2 };
}

/** Zoomed by a factor; the image point under `at` (screen) stays where it is. */
export function zoomAt(view, [sx, sy], factor, { min, max }) {
  const k = clamp(view.k * factor, min, max);
  const g = k / view.k;
  return { k, x: sx - (sx - view.x) * g, y: sy - (sy - view.y) * g };
}

/** Two fingers went from `before` to `after` ([p, q] on the screen): pan and zoom in one. */
export function pinchView(view, before, after, limits) {
  const spread = distance(...before) || 1;
  const zoomed = zoomAt(view, middle(...before), distance(...after) / spread, limits);
  const [fx, fy] = middle(...before);
  const [tx, ty] = middle(...after);
  return { ...zoomed, x: zoomed.x + tx - fx, y: zoomed.y + ty - fy };
}

/** The picture can be pushed aside but never out of sight. */
export function keepInSight(view, image, { width, height }, rest = 60) {
  return {
    k: view.k,
    x: clamp(view.x, Math.min(rest, width / 2) - image.width * view.k, width - Math.min(rest, width / 2)),
    y: clamp(view.y, Math.min(rest, height / 2) - image.height * view.k, height - Math.min(rest, height / 2)),
  };
}

/** The least pan that brings a rectangle (image pixels) into the viewport; its middle when it does not fit. */
export function reveal(view, [x, y, w, h], { width, height }, margin = 40) {
  const shift = (low, high, size) => {
    if (high - low > size - 2 * margin) return size / 2 - (low + high) / 2;
    if (low < margin) return margin - low;
    return high > size - margin ? size - margin - high : 0;
  };
  const [left, top] = toScreen(view, [x, y]);
  const [right, bottom] = toScreen(view, [x + w, y + h]);
  return { k: view.k, x: view.x + shift(left, right, width), y: view.y + shift(top, bottom, height) };
}
