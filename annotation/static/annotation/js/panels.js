// The side panel: labels to draw with, the selected shape in numbers, the list of objects, "nothing to mark".

import { $, make, swatch } from './dom.js';
import { kindOf, nameOf } from './shapes.js';
import { choices, drawable, selectedShape } from './store.js';
import { TOOLS } from './tools.js';

const UNIT = { x: 'Left', y: 'Top', w: 'Width', h: 'Height' };

function buildLabels(state, colourOf) {
  const order = choices(state.task);
  $('labels-box').hidden = !drawable(state.task).length;
  $('labels').replaceChildren(...drawable(state.task).map(({ name }) => {
    const digit = order.findIndex((choice) => choice.role === 'label' && choice.name === name) + 1;
    const hint = digit <= 9 ? [make('kbd', { 'aria-hidden': 'true' }, String(digit))] : [];
    const attributes = { type: 'button', class: 'ws-option', 'data-label': name, 'aria-pressed': 'false' };
    return swatch(make('button', attributes, make('i'), make('span', {}, name), ...hint), colourOf(name));
  }));
}

/** Rows are kept and updated in place: 300 objects must not be rebuilt for one. */
function renderObjects(list, state, colourOf) {
  state.doc.shapes.forEach((shape, index) => {
    let row = list.children[index];
    if (!row) {
      row = make('li', {}, make('button', { type: 'button', class: 'ws-object' }, make('i'), make('span'), make('small')));
      list.append(row);
    }
    const button = row.firstElementChild;
    if (row.shape !== shape) {
      row.shape = shape;
      button.dataset.object = shape.id;
      swatch(button, colourOf(shape.label)).children[1].textContent = shape.label;
      const [, , w, h] = kindOf(shape).bounds(shape);
      button.children[2].textContent = `${Math.round(w)} × ${Math.round(h)}`;
      button.setAttribute('aria-label', nameOf(shape, index));
    }
    const on = shape.id === state.selected;
    if (on && button.ariaCurrent !== 'true') row.scrollIntoView({ block: 'nearest' });
    button.ariaCurrent = on ? 'true' : null;
  });
  while (list.children.length > state.doc.shapes.length) list.lastElementChild.remove();
}

export function createPanels({ store, colourOf, reveal }) {
  let task = null;
  const selection = $('selection');
  const fields = selection.querySelector('.ws-fields');

  function renderSelection(state) {
    const shape = selectedShape(state);
    selection.hidden = !shape || state.readonly;
    if (selection.hidden) return;
    const subject = state.override ?? shape;
    const name = swatch(selection.querySelector('.ws-selected'), colourOf(shape.label)).children[1];
    name.textContent = nameOf(shape, state.doc.shapes.indexOf(shape));
    const values = kindOf(subject).fields(subject);
    if (fields.children.length !== values.length) {
      const number = { type: 'number', step: 'any', inputmode: 'decimal' };
      fields.replaceChildren(...values.map((field) =>
        make('label', {}, UNIT[field.name] ?? field.name, make('input', { ...number, 'data-field': field.name }))));
    }
    values.forEach(({ value }, i) => {
      const input = fields.children[i].lastElementChild;
      if (input !== document.activeElement || state.override) input.value = value;
    });
  }

  function renderTools(state) {
    for (const button of document.querySelectorAll('[data-do="tool"]')) {
      button.hidden = !state.tools.includes(button.dataset.arg) || state.readonly;
      button.setAttribute('aria-pressed', String(button.dataset.arg === state.tool));
    }
    const enable = { undo: state.past.length, redo: state.future.length, delete: state.selected };
    for (const [name, on] of Object.entries(enable)) {
      for (const button of document.querySelectorAll(`[data-do="${name}"]`)) button.disabled = !on || state.readonly;
    }
    for (const [name, on] of [['hide', state.hidden], ['lock', state.locked]]) {
      for (const button of document.querySelectorAll(`[data-do="${name}"]`)) button.setAttribute('aria-pressed', String(on));
    }
    const tool = TOOLS.get(state.tool);
    $('hint').textContent = state.readonly ? '' : tool?.draws ? `${state.label}: ${tool.hint}` : (tool?.hint ?? '');
    $('area').dataset.tool = state.readonly ? 'view' : (state.tool ?? 'look');
  }

  fields.addEventListener('change', ({ target }) => {
    const state = store.get();
    const shape = selectedShape(state);
    if (!shape) return;
    store.send({ type: 'replace', shape: kindOf(shape).withField(shape, target.dataset.field, target.valueAsNumber, state.task.image) });
    const [field] = kindOf(shape).fields(selectedShape(store.get())).filter(({ name }) => name === target.dataset.field);
    target.value = field.value; // what became of it inside the picture
  });
  $('labels').addEventListener('click', ({ target }) => {
    const name = target.closest('[data-label]')?.dataset.label;
    if (name) store.send({ type: 'label', name });
  });
  $('objects').addEventListener('click', ({ target }) => {
    const id = target.closest('[data-object]')?.dataset.object;
    if (id) reveal(id);
  });
  $('empty').addEventListener('change', ({ target }) => store.send({ type: 'empty', value: target.checked }));

  const WATCHED = ['task', 'doc', 'selected', 'tool', 'label', 'hidden', 'locked', 'readonly'];
  return {
    render(state, before) {
      // While something is being drawn or dragged only its numbers change.
      if (before && WATCHED.every((key) => before[key] === state[key])) return renderSelection(state);
      if (state.task !== task) {
        task = state.task;
        buildLabels(state, colourOf);
        $('objects-box').hidden = !drawable(task).length;
        document.querySelector('.ws').classList.toggle('draws', Boolean(drawable(task).length));
      }
      const current = selectedShape(state)?.label ?? state.label;
      for (const button of $('labels').children) {
        button.setAttribute('aria-pressed', String(button.dataset.label === current));
        button.disabled = state.readonly;
      }
      if (!before || before.doc !== state.doc || before.selected !== state.selected) {
        renderObjects($('objects'), state, colourOf);
        $('count').textContent = state.doc.shapes.length;
        $('empty').checked = state.doc.empty;
        $('empty').disabled = Boolean(state.doc.shapes.length) || state.readonly;
        $('empty-box').classList.toggle('on', state.doc.empty);
      }
      renderSelection(state);
      return renderTools(state);
    },
  };
}
