// Draws the document as SVG over the stage. Shapes live in image pixels under one transform and are touched only when
// their object changed; handles, cross-hair and the name chip live in screen pixels above them.

import { toScreen } from './geometry.js';
import { kindOf, nameOf } from './shapes.js';
import { drawOutline, node } from './svg.js';

export function createView({ svg, chip, colourOf }) {
  const world = node('g', { class: 'world' }, svg);
  const shapes = node('g', {}, world);
  const sketch = node('g', { class: 'shape sketch' }, world);
  const overlay = node('g', {}, svg);
  const cross = ['h', 'v'].map((axis) => ({
    axis, halo: node('line', { class: 'cross halo' }, overlay), line: node('line', { class: 'cross' }, overlay),
  }));
  const grips = node('g', {}, overlay);
  const nodes = new Map(); // id -> { group, shape, name }
  let state = null;
  let view = { k: 1, x: 0, y: 0 };
  let hovered = null;
  let crossAt = null;

  function drawShape(shape, index) {
    let entry = nodes.get(shape.id);
    if (!entry) {
      entry = { group: node('g', { class: 'shape', 'data-id': shape.id, role: 'img' }), shape: null, name: '' };
      nodes.set(shape.id, entry);
    }
    if (shapes.children[index] !== entry.group) shapes.insertBefore(entry.group, shapes.children[index] ?? null);
    if (entry.shape !== shape) {
      entry.shape = shape;
      entry.group.style.setProperty('--c', colourOf(shape.label));
      drawOutline(entry.group, kindOf(shape).outline(shape));
    }
    const name = nameOf(shape, index);
    if (entry.name !== name) entry.group.setAttribute('aria-label', entry.name = name);
    entry.group.classList.toggle('selected', shape.id === state.selected);
    entry.group.classList.toggle('hovered', shape.id === hovered && shape.id !== state.selected);
  }

  const shown = (id) => (state.override?.id === id ? state.override : state.doc.shapes.find((shape) => shape.id === id));

  function drawGrips() {
    const shape = state.selected && !state.readonly && !state.hidden ? shown(state.selected) : null;
    const handles = shape ? kindOf(shape).handles(shape, view.k) : [];
    grips.replaceChildren(...handles.map(({ key, at, cursor }) => {
      const [x, y] = toScreen(view, at);
      const grip = node('g', { class: 'grip', 'data-handle': key, transform: `translate(${x} ${y})` });
      grip.style.cursor = cursor;
      node('circle', { class: 'reach' }, grip);
      node('rect', { x: -4.5, y: -4.5, width: 9, height: 9, rx: 2 }, grip);
      return grip;
    }));
  }

  /** The name of what is selected, or else under the pointer; the size while it is being drawn or changed. */
  function drawChip() {
    const shape = shown(state.selected) ?? shown(hovered);
    const { type } = state.draft ?? {};
    const draft = type && { type, label: state.label, ...kindOf(state.draft).fromDraft(state.draft, state.task.image) };
    const subject = draft || (state.hidden ? null : shape);
    chip.hidden = !subject;
    if (!subject) return;
    const [x, y, w, h] = kindOf(subject).bounds(subject);
    const size = draft || state.override ? `${Math.round(w)} × ${Math.round(h)}` : '';
    chip.style.setProperty('--c', colourOf(subject.label));
    chip.children[1].textContent = subject.label;
    chip.children[2].textContent = size;
    const [left, top] = toScreen(view, [x, y]);
    const bottom = toScreen(view, [x, y + h])[1];
    const above = top > 44 ? top - 38 : bottom + 12;
    const room = svg.clientWidth - chip.offsetWidth - 4;
    chip.style.transform = `translate(${Math.round(Math.max(4, Math.min(left, room)))}px, ${Math.round(Math.max(4, above))}px)`;
  }

  function drawCross() {
    const at = crossAt && toScreen(view, crossAt);
    for (const { axis, halo, line } of cross) {
      for (const part of [halo, line]) {
        part.style.display = at ? '' : 'none';
        if (!at) continue;
        const ends = axis === 'h'
          ? { x1: 0, y1: at[1], x2: svg.clientWidth, y2: at[1] }
          : { x1: at[0], y1: 0, x2: at[0], y2: svg.clientHeight };
        for (const [key, value] of Object.entries(ends)) part.setAttribute(key, value);
      }
    }
  }

  function drawOverlay() {
    if (!state?.task) return;
    drawGrips();
    drawChip();
    drawCross();
  }

  return {
    render(next) {
      const before = state;
      state = next;
      svg.classList.toggle('unseen', state.hidden);
      if (!before || before.doc !== state.doc || before.override !== state.override || before.selected !== state.selected) {
        state.doc.shapes.forEach((shape, index) => drawShape(state.override?.id === shape.id ? state.override : shape, index));
        if (nodes.size !== state.doc.shapes.length) {
          const alive = new Set(state.doc.shapes.map((shape) => shape.id));
          for (const [id, entry] of nodes) if (!alive.has(id)) (entry.group.remove(), nodes.delete(id));
        }
      }
      sketch.style.setProperty('--c', colourOf(state.label));
      drawOutline(sketch, state.draft ? kindOf(state.draft).sketch(state.draft) : []);
      drawOverlay();
    },
    place(next) {
      view = next;
      world.setAttribute('transform', `matrix(${view.k} 0 0 ${view.k} ${view.x} ${view.y})`);
      drawOverlay();
    },
    hover(id) {
      if (id === hovered) return;
      nodes.get(hovered)?.group.classList.remove('hovered');
      hovered = id;
      if (id !== state?.selected) nodes.get(id)?.group.classList.add('hovered');
      drawOverlay();
    },
    cross(point) {
      crossAt = point;
      drawCross();
    },
  };
}
