import assert from 'node:assert/strict';
import test from 'node:test';
import { choices, createStore, reduce } from '../../annotation/static/annotation/js/store.js';
import { CELLS, QUALITY, box, opened, play, random, taskOf } from './world.mjs';

const add = (id, bbox = [0, 0, 9, 9], label = 'RBC') => ({ type: 'add', shape: box(id, bbox, label) });
const ids = (state) => state.doc.shapes.map((shape) => shape.id).join('');

test('a picture opens with the drawing tool and the first label armed', () => {
  const state = opened();
  assert.deepEqual([state.tool, state.label, ids(state)], ['box', 'RBC', '']);
});

test('the label stays chosen from one picture to the next, when it exists there', () => {
  const state = play(opened(), { type: 'label', name: 'WBC' }, { type: 'open', task: taskOf() });
  assert.equal(state.label, 'WBC');
  assert.equal(play(state, { type: 'open', task: taskOf(CELLS.slice(0, 1)) }).label, 'RBC');
});

test('the tool stays armed after a shape', () => assert.equal(play(opened(), add('a')).tool, 'box'));

test('undo and redo walk back and forth over whole gestures', () => {
  let state = play(opened(), add('a'), add('b'), { type: 'delete', id: 'a' });
  state = play(state, { type: 'undo' });
  assert.equal(ids(state), 'ab');
  state = play(state, { type: 'undo' }, { type: 'undo' }, { type: 'undo' });
  assert.equal(ids(state), '');
  state = play(state, { type: 'redo' }, { type: 'redo' }, { type: 'redo' }, { type: 'redo' });
  assert.equal(ids(state), 'b');
});

test('undoing everything and redoing everything gives back every document, whatever was done', () => {
  const next = random(11);
  for (let run = 0; run < 40; run += 1) {
    let state = opened(taskOf([...CELLS, ...QUALITY]));
    for (let i = 0; i < 30; i += 1) {
      const some = state.doc.shapes[Math.floor(next() * state.doc.shapes.length)];
      const actions = [add(`n${i}`, [next() * 9, 0, 5, 5]), { type: 'tag', name: 'Sharp', on: next() < 0.5 }, { type: 'undo' },
        { type: 'redo' }, { type: 'empty', value: next() < 0.5 }, { type: 'label', name: 'WBC' },
        ...(some ? [{ type: 'delete', id: some.id }, { type: 'replace', shape: { ...some, bbox: [next(), 1, 2, 3] } }, { type: 'select', id: some.id }] : [])];
      state = play(state, actions[Math.floor(next() * actions.length)]);
      assert.ok(!(state.doc.empty && state.doc.shapes.length), 'empty with shapes');
    }
    const end = state.doc;
    const steps = state.past.length;
    for (let i = 0; i < steps; i += 1) state = play(state, { type: 'undo' });
    assert.equal(state.past.length, 0);
    for (let i = 0; i < steps; i += 1) state = play(state, { type: 'redo' });
    assert.equal(state.doc, end);
  }
});

test('something new after an undo forgets what was undone', () => {
  const state = play(opened(), add('a'), { type: 'undo' }, add('b'), { type: 'redo' });
  assert.equal(ids(state), 'b');
});

test('a held arrow key is one step of the history', () => {
  let state = play(opened(), add('a'));
  for (let x = 1; x <= 5; x += 1) state = play(state, { type: 'replace', shape: box('a', [x, 0, 9, 9]), merge: x > 1 });
  assert.deepEqual(play(state, { type: 'undo' }).doc.shapes[0].bbox, [0, 0, 9, 9]);
});

test('a gesture that ends where it began is no step', () => {
  const state = play(opened(), add('a'));
  assert.equal(play(state, { type: 'replace', shape: box('a', [0, 0, 9, 9]) }).past.length, state.past.length);
});

test('a digit renames what is selected, and else chooses what to draw with', () => {
  const state = play(opened(), add('a'), { type: 'label', name: 'WBC' });
  assert.equal(state.doc.shapes[0].label, 'RBC');
  const renamed = play(state, { type: 'select', id: 'a' }, { type: 'label', name: 'WBC' });
  assert.equal(renamed.doc.shapes[0].label, 'WBC');
  assert.equal(play(renamed, { type: 'undo' }).doc.shapes[0].label, 'RBC');
});

test('choosing a label with nothing selected takes up the drawing tool', () => {
  assert.equal(play(opened(), { type: 'tool', tool: 'select' }, { type: 'label', name: 'WBC' }).tool, 'box');
});

test('selecting takes up the selecting tool; the drawing tool lets go of the selection', () => {
  const state = play(opened(), add('a'), { type: 'select', id: 'a' });
  assert.deepEqual([state.tool, state.selected], ['select', 'a']);
  assert.equal(play(state, { type: 'tool', tool: 'box' }).selected, null);
});

test('drawing something takes back "nothing to mark", which can not be said of a picture with shapes', () => {
  const state = play(opened(), { type: 'empty', value: true }, add('a'));
  assert.equal(state.doc.empty, false);
  assert.equal(play(state, { type: 'empty', value: true }), state);
});

test('one choice replaces another; several stand side by side in the order of the label set', () => {
  const tag = (name, on = true) => ({ type: 'tag', name, on });
  const one = play(opened(taskOf(QUALITY, { tag_choice: 'one' })), tag('Sharp'), tag('Blurred'));
  assert.deepEqual(one.doc.tags, ['Blurred']);
  const any = play(opened(taskOf(QUALITY)), tag('Unusable'), tag('Sharp'), tag('Blurred'), tag('Blurred', false));
  assert.deepEqual(any.doc.tags, ['Sharp', 'Unusable']);
  assert.equal(play(one, tag('Blurred')), one);
});

test('"none of these" and a tag rule each other out when there is nothing to draw', () => {
  const state = play(opened(taskOf(QUALITY)), { type: 'tag', name: 'Sharp', on: true }, { type: 'empty', value: true });
  assert.deepEqual([state.doc.tags, state.doc.empty], [[], true]);
  assert.equal(play(state, { type: 'tag', name: 'Sharp', on: true }).doc.empty, false);
});

test('digits count the labels first, then the tags', () => {
  assert.deepEqual(choices(taskOf([...QUALITY, ...CELLS])).map((c) => c.name), ['RBC', 'WBC', 'Sharp', 'Blurred', 'Unusable']);
});

test('nothing can be changed while an answer is on its way, but it can be looked at', () => {
  const state = play(opened(), add('a'), { type: 'readonly', value: true });
  for (const action of [add('b'), { type: 'undo' }, { type: 'delete', id: 'a' }, { type: 'label', name: 'WBC' }]) assert.equal(reduce(state, action), state);
  assert.equal(play(state, { type: 'select', id: 'a' }).selected, 'a');
});

test('the history is bounded', () => {
  let state = opened();
  for (let i = 0; i < 300; i += 1) state = play(state, add(`s${i}`));
  assert.equal(state.past.length, 200);
});

test('listeners hear of changes only', () => {
  const store = createStore(opened());
  let heard = 0;
  const stop = store.on(() => { heard += 1; });
  store.send({ type: 'undo' });
  store.send(add('a'));
  stop();
  store.send(add('b'));
  assert.equal(heard, 1);
});
