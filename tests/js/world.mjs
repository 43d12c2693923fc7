// What the tests share: two label sets, a task, and a way to fold actions into a state.
import { initialState, reduce } from '../../annotation/static/annotation/js/store.js';

export const CELLS = [
  { name: 'RBC', shapes: ['box'], color: '#ff0000', attributes: [] },
  { name: 'WBC', shapes: ['box'], color: '#00ff00', attributes: [] },
];
export const QUALITY = ['Sharp', 'Blurred', 'Unusable'].map((name) => ({ name, shapes: ['tag'], color: '', attributes: [] }));

export const taskOf = (labels = CELLS, more = {}) => ({
  assignment: 'a1', image: { url: '/x.webp', width: 640, height: 480 }, labels, tag_choice: 'any', reward: '0.05', ...more,
});
export const box = (id, bbox, label = 'RBC') => ({ id, type: 'box', label, attributes: {}, bbox });
export const play = (state, ...actions) => actions.reduce(reduce, state);
export const opened = (task = taskOf(), doc = undefined) => reduce(initialState(), { type: 'open', task, doc });

/** A small reproducible source of numbers in [0, 1). */
export function random(seed) {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2 ** 32;
  };
}
