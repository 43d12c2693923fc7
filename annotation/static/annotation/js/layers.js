// Pure: what the read-only viewer shows of layers of shapes. Each layer: { name, shapes, style, hidden? }, style
// "solid", "dashed" or "dotted"; each shape as in an annotation, optionally with `status`, how it compares with another answer.

import { SHAPES } from './shapes.js';

/** Said in words and in the form of the line, never by colour alone. */
export const STATUS = {
  matched: 'Matched', missed: 'Missed', extra: 'Extra', wrong_label: 'Wrong label',
};

const PAIRED = new Set(['matched', 'wrong_label']); // drawn once in each of the two answers

/** Layers made safe to draw: unknown kinds and broken geometry left out, "solid" where no style is known. */
export function readLayers(data) {
  return (Array.isArray(data.layers) ? data.layers : []).map((layer) => ({
    name: String(layer.name ?? ''),
    style: ['solid', 'dashed', 'dotted'].includes(layer.style) ? layer.style : 'solid',
    hidden: Boolean(layer.hidden),
    shapes: (layer.shapes ?? []).flatMap((shape) => {
      const geometry = SHAPES.get(shape?.type)?.fromJson(shape, data.image);
      const status = shape?.status in STATUS ? shape.status : null;
      if (!geometry) return [];
      return [{ type: shape.type, label: String(shape.label ?? ''), note: String(shape.note ?? ''), status, ...geometry }];
    }),
  }));
}

/** [[status, how many], …] over all layers, in a fixed order; a pair is counted once. */
export function tally(layers) {
  return Object.keys(STATUS).map((status) => {
    const counts = layers.map((layer) => layer.shapes.filter((shape) => shape.status === status).length);
    return [status, PAIRED.has(status) ? Math.max(0, ...counts) : counts.reduce((a, b) => a + b, 0)];
  }).filter(([, n]) => n);
}

/** "RBC · Missed · 2 of 3 votes" */
export const caption = (shape) => [shape.label, shape.status && STATUS[shape.status], shape.note].filter(Boolean).join(' · ');
