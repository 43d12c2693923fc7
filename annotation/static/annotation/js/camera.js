// Where the picture is on the screen. Moves the stage by one CSS transform and tells `onMove` after each change.

import { clampPoint, fitView, keepInSight, pinchView, reveal, toImage, zoomAt } from './geometry.js';

const MAX_ZOOM = 40;
const PIXELS = 4; // screen pixels an image pixel must cover before it is shown as a hard square

export function createCamera({ area, stage, onMove, margin = (width) => Math.min(24, width / 40) }) {
  let image = { width: 1, height: 1 };
  let view = { k: 1, x: 0, y: 0 };
  let size = { width: 1, height: 1 };
  let fitted = true;
  let frame = 0;

  function paint() {
    frame = 0;
    stage.style.transform = `matrix(${view.k}, 0, 0, ${view.k}, ${view.x}, ${view.y})`;
    stage.classList.toggle('pixels', view.k * devicePixelRatio >= PIXELS);
    onMove(view);
  }
  function set(next, isFit = false) {
    fitted = isFit;
    view = isFit ? next : keepInSight(next, image, size);
    frame ||= requestAnimationFrame(paint);
  }
  const best = () => fitView(image, size, margin(size.width));
  const limits = () => ({ min: Math.min(best().k, 1) / 2, max: MAX_ZOOM });
  const fit = () => set(best(), true);
  const centre = () => [size.width / 2, size.height / 2];

  function resize() {
    const box = area.getBoundingClientRect();
    if (box.width === size.width && box.height === size.height) return;
    size = { width: Math.max(1, box.width), height: Math.max(1, box.height) };
    if (fitted) fit();
    else set(view);
  }
  new ResizeObserver(resize).observe(area);

  /** The picture at the size of the original, whichever of its copies it is. */
  function put(element) {
    element.style.width = `${image.width}px`;
    element.style.height = `${image.height}px`;
    stage.replaceChildren(element);
  }

  return {
    put,
    open(element, next) {
      image = next;
      put(element);
      size = { width: 0, height: 0 };
      fitted = true;
      resize();
      paint();
    },
    view: () => view,
    fitted: () => fitted,
    size: () => size,
    fit,
    pan: (from, dx, dy) => set({ ...from, x: from.x + dx, y: from.y + dy }),
    zoom: (factor, at = centre()) => set(zoomAt(view, at, factor, limits())),
    pinch: (from, before, after) => set(pinchView(from, before, after, limits())),
    reveal: (rect) => set(reveal(view, rect, size)),
    centre: () => clampPoint(toImage(view, centre()), image),
    /** The image point under a pointer event, brought inside the image. */
    point: (event) => clampPoint(toImage(view, screenPoint(area, event)), image),
  };
}

/** A pointer event's place in the area, CSS pixels. */
export function screenPoint(area, event) {
  const box = area.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
