// Pure: the document as the server wants it, back again, and what is still wrong with it.

import { SHAPES, kindOf, nameOf } from './shapes.js';
import { drawable, tagLabels } from './store.js';

/** The annotation as canonical JSON. `timing` is { elapsed_ms, active_ms }. */
export function toAnnotation(doc, task, timing) {
  return {
    schema: 1,
    image: { width: task.image.width, height: task.image.height },
    tags: [...doc.tags],
    empty: doc.empty,
    timing: { elapsed_ms: Math.round(timing.elapsed_ms), active_ms: Math.round(timing.active_ms) },
    shapes: doc.shapes.map((shape) => ({
      type: shape.type, label: shape.label, attributes: shape.attributes ?? {}, ...kindOf(shape).toJson(shape),
    })),
  };
}

/** A document from stored JSON. What the label set or this program no longer knows is left out, never guessed. */
export function fromAnnotation(json, task, newId) {
  const labels = new Map(drawable(task).map((label) => [label.name, label]));
  const tags = new Set(tagLabels(task).map((label) => label.name));
  const shapes = (Array.isArray(json?.shapes) ? json.shapes : []).flatMap((raw) => {
    const kind = SHAPES.get(raw?.type);
    if (!kind || !labels.get(raw.label)?.shapes.includes(raw.type)) return [];
    const geometry = kind.fromJson(raw, task.image);
    if (!geometry) return [];
    return [{ id: newId(), type: raw.type, label: raw.label, attributes: raw.attributes ?? {}, ...geometry }];
  });
  const chosen = (Array.isArray(json?.tags) ? json.tags : []).filter((tag) => tags.has(tag));
  const picked = task.tag_choice === 'one' ? chosen.slice(0, 1) : chosen;
  return { tags: picked, shapes, empty: Boolean(json?.empty) && !shapes.length };
}

/** Whether stored JSON has shapes of a type that this program cannot draw: opened and saved again, they would be gone. */
export const hasUnknown = (json) =>
  Array.isArray(json?.shapes) && json.shapes.some((raw) => typeof raw?.type === 'string' && !SHAPES.has(raw.type));

/** Whether two stored annotations show the same, whatever their timing and the order of their keys. */
export function sameDrawing(a, b, task) {
  const still = { elapsed_ms: 0, active_ms: 0 };
  const plain = (json) => JSON.stringify(toAnnotation(fromAnnotation(json, task, () => ''), task, still));
  return plain(a) === plain(b);
}

/** What must be put right before sending: [{ text, id?: shape, at?: 'tags' | 'empty' }]. */
export function problems(doc, task) {
  const found = [];
  if (drawable(task).length && !doc.shapes.length && !doc.empty) {
    found.push({ at: 'empty', text: 'No object is marked. Draw one, or tick “Nothing to mark”.' });
  }
  const most = task.shapes_at_most ?? Infinity;
  if (doc.shapes.length > most) {
    found.push({ at: 'empty', text: `${doc.shapes.length} objects are marked; this job takes ${most} at most.` });
  }
  if (tagLabels(task).length && task.tag_choice === 'one' && doc.tags.length !== 1) {
    found.push({ at: 'tags', text: 'The question about the picture is not answered.' });
  }
  doc.shapes.forEach((shape, index) => {
    const fault = kindOf(shape).fault(shape, task.image);
    if (fault) found.push({ id: shape.id, text: `${nameOf(shape, index)}: ${fault}` });
  });
  return found;
}

/** The server's errors ([{ field: "shapes[2].bbox", message }]) tied to the shapes they speak of. */
export function linkErrors(errors, doc) {
  return errors.map(({ field = '', message = '' }) => {
    const index = /(?:^|\.)shapes\[(\d+)\]/.exec(field)?.[1];
    const shape = index === undefined ? null : doc.shapes[Number(index)];
    if (shape) return { id: shape.id, text: `${nameOf(shape, Number(index))}: ${message}` };
    if (/(?:^|\.)tags/.test(field)) return { at: 'tags', text: message };
    return { at: /(?:^|\.)(empty|shapes)$/.test(field) ? 'empty' : undefined, text: message };
  });
}
