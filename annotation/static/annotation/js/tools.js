// Drawing tools as pure steps: step(draft, event, context) -> { draft } | { commit: geometry } | { dropped: true }.
// event: { type: 'down' | 'move' | 'up' | 'release', p: [x, y] in image pixels }; context: { k, image }.
// Every tool works by clicks alone (WCAG 2.5.7), and therefore from the keyboard cursor too (2.1.1).

import { distance } from './geometry.js';
import { kindOf } from './shapes.js';

const CLICK = 5; // screen pixels within which a press and its release are one click
const TINY = 3; // screen pixels below which a box is a slip of the hand

function finishBox(draft, { k, image }) {
  const geometry = kindOf(draft).fromDraft(draft, image);
  const [, , w, h] = geometry.bbox;
  return w < 1 || h < 1 || w * k < TINY || h * k < TINY ? { dropped: true } : { commit: { type: 'box', ...geometry } };
}

/** A box by dragging, or by two clicks: a press that does not move sets the first corner, the next one the second. */
function boxStep(draft, event, context) {
  const { type, p } = event;
  if (type === 'down') {
    if (!draft) return { draft: { type: 'box', a: p, b: p, held: true, second: false } };
    return { draft: { ...draft, b: p, held: true, second: true } };
  }
  if (!draft) return { draft };
  if (type === 'move') return { draft: { ...draft, b: p } };
  if (type === 'release') return { draft: draft.second ? { ...draft, held: false } : null };
  if (type !== 'up' || !draft.held) return { draft };
  const ended = { ...draft, b: p };
  if (!draft.second && distance(draft.a, p) * context.k <= CLICK) return { draft: { ...ended, held: false } };
  return finishBox(ended, context);
}

export const TOOLS = new Map([
  ['select', { name: 'Select', key: 'V', hint: 'Click an object to change it, drag to move it. Drag beside it to move the picture.' }],
  ['box', { name: 'Box', key: 'B', draws: 'box', step: boxStep, hint: 'Drag a box, or click two opposite corners.' }],
]);

/** The tools a label set needs: the selecting one, and one for every kind of shape its labels allow. */
export function toolsFor(labels) {
  const wanted = new Set(labels.flatMap((label) => label.shapes));
  const drawing = [...TOOLS].filter(([, tool]) => tool.draws && wanted.has(tool.draws)).map(([name]) => name);
  return drawing.length ? ['select', ...drawing] : [];
}

/** How far one arrow key moves the cursor, image pixels: fine at first, faster while the key is held. */
export function cursorStep({ k, repeats, shift }) {
  const pace = repeats > 40 ? 8 : repeats > 20 ? 4 : repeats > 8 ? 2 : 1;
  return Math.max(1, 1 / k) * pace * (shift ? 10 : 1);
}
