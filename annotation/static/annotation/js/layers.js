// Pure: what the read-only viewer shows of layers of shapes. Each layer: { name, shapes, style, hidden? }, style
// "solid", "dashed" or "dotted"; each shape as in an annotation, optionally with `status`, how it compares with another answer.

import { FIGURES } from './figures.js';

/** Said in words and in the form of the line, never by colour alone. */
export const STATUS = {
  matched: 'Matched', missed: 'Missed', extra: 'Extra', wrong_label: 'Wrong label',
};

const SMALL = 640; // pixels of the longer side that masks are shown with in small pictures
const PAIRED = new Set(['matched', 'wrong_label']); // drawn once in each of the two answers

/** Layers made safe to draw: unknown kinds and broken geometry left out, "solid" where no style is known. */
export function readLayers(data) {
  const labels = new Map((data.labels ?? []).map((label) => [label.name, label]));
  const image = data.compact ? { ...data.image, sharp: SMALL } : data.image;
  return (Array.isArray(data.layers) ? data.layers : []).map((layer) => ({
    name: String(layer.name ?? ''),
    style: ['solid', 'dashed', 'dotted'].includes(layer.style) ? layer.style : 'solid',
    hidden: Boolean(layer.hidden),
    shapes: (layer.shapes ?? []).flatMap((shape) => {
      const geometry = FIGURES.get(shape?.type)?.fromJson(shape, image, labels.get(shape.label));
      const status = shape?.status in STATUS ? shape.status : null;
      if (!geometry) return [];
      const told = { note: String(shape.note ?? ''), answers: answersIn(shape.attributes) };
      return [{ type: shape.type, label: String(shape.label ?? ''), status, ...told, ...geometry }];
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

/** What was answered about an object: "dented, metal tin"; what is off is not said. */
function answersIn(attributes) {
  const said = Object.entries(attributes ?? {}).filter(([, value]) => value !== false && value !== null);
  return said.map(([name, value]) => (value === true ? name : `${name} ${value}`)).join(', ');
}

/** "RBC · dented, metal tin · Missed · 2 of 3 votes" */
export const caption = (shape) =>
  [shape.label, shape.answers, shape.status && STATUS[shape.status], shape.note].filter(Boolean).join(' · ');
