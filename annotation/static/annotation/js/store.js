// The state of the workspace as a pure reducer. `doc` ({ tags, shapes, empty }) is never changed in place: undo is a
// stack of documents, and a document that is the same object has not changed. What is going on under the pointer lives
// in `draft` (being drawn) and `override` (being moved) and becomes one step of the history when the gesture ends.

import { TOOLS, toolsFor } from './tools.js';

const LIMIT = 200;
export const EMPTY_DOC = Object.freeze({ tags: Object.freeze([]), shapes: Object.freeze([]), empty: false });

export function initialState() {
  return {
    task: null, doc: EMPTY_DOC, past: [], future: [], tools: [], tool: null, label: null, selected: null,
    draft: null, override: null, hidden: false, locked: false, readonly: false,
  };
}

/** Labels that may be drawn (with any kind of shape), in the order of the label set. */
export const drawable = (task) => (task?.labels ?? []).filter((label) => label.shapes.some((shape) => shape !== 'tag'));
/** Labels that are questions about the whole picture. */
export const tagLabels = (task) => (task?.labels ?? []).filter((label) => label.shapes.includes('tag'));
/** What digits choose: first the labels to draw with, then the tags. */
export const choices = (task) => [
  ...drawable(task).map((label) => ({ role: 'label', name: label.name })),
  ...tagLabels(task).map((label) => ({ role: 'tag', name: label.name })),
];
export const selectedShape = (state) => state.doc.shapes.find((shape) => shape.id === state.selected) ?? null;

const still = (doc, id) => (doc.shapes.some((shape) => shape.id === id) ? id : null);
const quiet = { draft: null, override: null };

function commit(state, doc, extra = {}) {
  return { ...state, past: [...state.past.slice(1 - LIMIT), state.doc], future: [], doc, ...quiet, ...extra };
}

function open(state, { task, doc, readonly = false }) {
  const tools = toolsFor(task.labels);
  const label = drawable(task).some((l) => l.name === state.label) ? state.label : (drawable(task)[0]?.name ?? null);
  const tool = readonly ? 'select' : (tools.find((name) => TOOLS.get(name).draws) ?? null);
  return { ...initialState(), task, doc: doc ?? EMPTY_DOC, tools, tool, label, readonly };
}

function replace(state, shape, merge) {
  const doc = { ...state.doc, shapes: state.doc.shapes.map((old) => (old.id === shape.id ? shape : old)) };
  const before = state.doc.shapes.find((old) => old.id === shape.id);
  if (JSON.stringify(before) === JSON.stringify(shape)) return { ...state, ...quiet };
  return merge && state.past.length ? { ...state, doc, future: [], ...quiet } : commit(state, doc);
}

/** Picking a label renames what is selected; otherwise it is the label to draw with, and its tool is taken up. */
function pick(state, name) {
  const label = drawable(state.task).find((l) => l.name === name);
  if (!label) return state;
  const shape = selectedShape(state);
  if (shape) {
    return label.shapes.includes(shape.type) ? { ...replace(state, { ...shape, label: name }), label: name } : state;
  }
  const armed = TOOLS.get(state.tool);
  const tool = armed?.draws && label.shapes.includes(armed.draws) ? state.tool
    : state.tools.find((t) => label.shapes.includes(TOOLS.get(t).draws));
  return { ...state, label: name, tool, draft: tool === state.tool ? state.draft : null };
}

function tag(state, { name, on }) {
  const one = state.task.tag_choice === 'one';
  const rest = state.doc.tags.filter((t) => t !== name);
  if (state.doc.tags.includes(name) === on && !(one && on)) return state;
  const order = tagLabels(state.task).map((label) => label.name);
  const tags = on ? (one ? [name] : [...rest, name].sort((a, b) => order.indexOf(a) - order.indexOf(b))) : rest;
  if (one && on && state.doc.tags.length === 1 && state.doc.tags[0] === name) return state;
  // With nothing to draw, "none of these" and a chosen tag contradict each other.
  const empty = state.doc.empty && !(on && !drawable(state.task).length);
  return commit(state, { ...state.doc, tags, empty });
}

function empty(state, value) {
  if (state.doc.empty === value || (value && state.doc.shapes.length)) return state;
  const tags = value && !drawable(state.task).length ? [] : state.doc.tags;
  return commit(state, { ...state.doc, empty: value, tags });
}

function travel(state, back) {
  const [from, to] = back ? [state.past, state.future] : [state.future, state.past];
  if (!from.length) return state;
  const doc = from.at(-1);
  const moved = { [back ? 'past' : 'future']: from.slice(0, -1), [back ? 'future' : 'past']: [...to, state.doc] };
  return { ...state, ...moved, doc, ...quiet, selected: still(doc, state.selected) };
}

const EDITS = {
  add: (state, { shape, select }) =>
    commit(state, { ...state.doc, empty: false, shapes: [...state.doc.shapes, shape] }, { selected: select ? shape.id : null }),
  replace: (state, { shape, merge }) => replace(state, shape, merge),
  delete: (state, { id }) =>
    still(state.doc, id) === null ? state
      : commit(state, { ...state.doc, shapes: state.doc.shapes.filter((shape) => shape.id !== id) },
        { selected: state.selected === id ? null : state.selected }),
  tag,
  empty: (state, { value }) => empty(state, value),
  undo: (state) => travel(state, true),
  redo: (state) => travel(state, false),
  label: (state, { name }) => pick(state, name),
  draft: (state, { draft }) => (draft === state.draft ? state : { ...state, draft: draft ?? null }),
  override: (state, { shape }) => ({ ...state, override: shape }),
  tool: (state, { tool }) => (state.tools.includes(tool) && tool !== state.tool
    ? { ...state, tool, ...quiet, selected: TOOLS.get(tool).draws ? null : state.selected } : state),
};

const VIEWS = {
  open,
  // Selecting takes up the selecting tool: its handles would be in the way of drawing.
  select: (state, { id }) => ({ ...state, selected: still(state.doc, id), ...quiet, tool: id && state.tool ? 'select' : state.tool }),
  hidden: (state) => ({ ...state, hidden: !state.hidden }),
  locked: (state) => ({ ...state, locked: !state.locked, selected: state.locked ? state.selected : null }),
  readonly: (state, { value }) => ({ ...state, readonly: value, ...quiet }),
};

export function reduce(state, action) {
  if (action.type in VIEWS) return VIEWS[action.type](state, action);
  if (action.type in EDITS) return state.readonly || !state.task ? state : EDITS[action.type](state, action);
  return state;
}

/** Holds one state; `send` reduces, then tells every listener (state, previous). */
export function createStore(state = initialState()) {
  const listeners = new Set();
  return {
    get: () => state,
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(action) {
      const before = state;
      state = reduce(state, action);
      if (state !== before) for (const listener of listeners) listener(state, before);
    },
  };
}
