// The registry of shapes: all that the rest of the workspace asks of a drawing. A new kind of shape is one more entry
// here (and its tool in tools.js); nothing else knows the kinds by name.
//
// A shape in the document: { id, type, label, attributes, …its own geometry }. `outline` is a list of [svg element,
// attributes] in image pixels; `handles` are [{ key, at, cursor }]; a fault is one sentence for the worker.

import { clamp, clipRect, edgeDistance, inRect, moveRect, rectFrom, resizeRect, roundRect } from './geometry.js';

const CORNERS = [[0, 0, 'nwse'], [1, 0, 'nesw'], [1, 1, 'nwse'], [0, 1, 'nesw']];
const SIDES = [[0.5, 0, 'ns'], [1, 0.5, 'ew'], [0.5, 1, 'ns'], [0, 0.5, 'ew']];
const ROOMY = 56; // screen pixels a side must have before it carries a middle handle
const CRAMPED = 44; // smaller boxes push their handles outwards, so that the middle can still be grabbed

const rectOutline = ([x, y, width, height]) => [['rect', { x, y, width, height }]];
const isRect = (value) => Array.isArray(value) && value.length === 4 && value.every(Number.isFinite);

const box = {
  type: 'box',
  name: 'box',
  bounds: (shape) => shape.bbox,
  area: (shape) => shape.bbox[2] * shape.bbox[3],
  contains: (shape, point) => inRect(shape.bbox, point),
  edgeDistance: (shape, point) => edgeDistance(shape.bbox, point),
  outline: (shape) => rectOutline(shape.bbox),
  move: (shape, dx, dy, image) => ({ ...shape, bbox: roundRect(moveRect(shape.bbox, dx, dy, image)) }),

  handles(shape, k) {
    const [x, y, w, h] = shape.bbox;
    const places = [...CORNERS, ...SIDES.filter(([fx]) => (fx === 0.5 ? w : h) * k >= ROOMY)];
    const out = (size, f) => (f - 0.5) * Math.max(0, CRAMPED / k - size);
    return places.map(([fx, fy, cursor]) => ({
      key: `${fx},${fy}`,
      at: [x + fx * w + out(w, fx), y + fy * h + out(h, fy)],
      cursor: `${cursor}-resize`,
    }));
  },
  /** The handle went by (dx, dy) since `shape` was grabbed; never thinner than one pixel, never outside. */
  dragHandle(shape, key, [dx, dy], image) {
    const [x, y, w, h] = shape.bbox;
    const [fx, fy] = key.split(',').map(Number);
    const to = [clamp(x + fx * w + dx, 0, image.width), clamp(y + fy * h + dy, 0, image.height)];
    const bbox = roundRect(resizeRect(shape.bbox, [fx, fy], to));
    return bbox[2] >= 1 && bbox[3] >= 1 ? { ...shape, bbox } : shape;
  },
  /** Grown or shrunk at the right and bottom edge, from the keyboard. */
  grow(shape, dx, dy, image) {
    const [x, y, w, h] = shape.bbox;
    return { ...shape, bbox: roundRect([x, y, clamp(w + dx, 1, image.width - x), clamp(h + dy, 1, image.height - y)]) };
  },
  fields: (shape) => ['x', 'y', 'w', 'h'].map((name, i) => ({ name, value: shape.bbox[i] })),
  withField(shape, name, value, image) {
    const i = ['x', 'y', 'w', 'h'].indexOf(name);
    if (i < 0 || !Number.isFinite(value)) return shape;
    const bbox = shape.bbox.with ? shape.bbox.with(i, value) : shape.bbox.map((old, j) => (j === i ? value : old));
    const room = i % 2 ? image.height : image.width;
    if (i < 2) return { ...shape, bbox: roundRect(moveRect(bbox, 0, 0, image)) };
    bbox[i] = clamp(value, 1, room - bbox[i - 2]);
    return { ...shape, bbox: roundRect(bbox) };
  },

  toJson: (shape) => ({ bbox: roundRect(shape.bbox) }),
  fromJson: (json, image) => (isRect(json.bbox) ? { bbox: roundRect(clipRect(json.bbox, image)) } : null),
  fault: ({ bbox: [, , w, h] }) => (w < 1 || h < 1 ? 'The box is smaller than one pixel.' : null),

  // While it is being drawn: a draft is { type, a, b, held, second }, its corners a and b.
  sketch: (draft) => rectOutline(rectFrom(draft.a, draft.b)),
  fromDraft: (draft, image) => ({ bbox: roundRect(clipRect(rectFrom(draft.a, draft.b), image)) }),
};

export const SHAPES = new Map([[box.type, box]]);

/** The registry's entry for a shape or a draft. */
export const kindOf = (shape) => SHAPES.get(shape.type);

/** Ids of the shapes a click at `point` may mean, best first: an outline that is near, then the smallest around it. */
export function hits(shapes, point, tolerance, kinds = kindOf) {
  const found = [];
  for (const shape of shapes) {
    const kind = kinds(shape);
    const edge = kind.edgeDistance(shape, point);
    if (edge <= tolerance || kind.contains(shape, point)) {
      found.push({ id: shape.id, near: edge <= tolerance, edge, area: kind.area(shape) });
    }
  }
  found.sort((a, b) => b.near - a.near || (a.near ? a.edge - b.edge : 0) || a.area - b.area);
  return found.map((hit) => hit.id);
}

/** "RBC box 3": how a shape is called in lists, announcements and messages. */
export const nameOf = (shape, index) => `${shape.label} ${kindOf(shape).name} ${index + 1}`;
