import assert from 'node:assert/strict';
import test from 'node:test';
import { fromAnnotation, hasUnknown, linkErrors, problems, sameDrawing, toAnnotation } from '../../annotation/static/annotation/js/payload.js';
import { CELLS, QUALITY, box, taskOf } from './world.mjs';

const task = taskOf([...CELLS, ...QUALITY]);
const doc = { tags: ['Sharp'], empty: false, shapes: [box('s1', [1.23456, 2, 3, 4]), box('s2', [5, 6, 7, 8], 'WBC')] };
const counter = () => { let n = 0; return () => `n${(n += 1)}`; };

test('the payload is the canonical annotation and nothing else', () => {
  assert.deepEqual(toAnnotation(doc, task, { elapsed_ms: 41873.4, active_ms: 38110 }), {
    schema: 1, image: { width: 640, height: 480 }, tags: ['Sharp'], empty: false, timing: { elapsed_ms: 41873, active_ms: 38110 },
    shapes: [
      { type: 'box', label: 'RBC', attributes: {}, bbox: [1.23, 2, 3, 4] },
      { type: 'box', label: 'WBC', attributes: {}, bbox: [5, 6, 7, 8] },
    ],
  });
});

test('what was sent can be opened again', () => {
  const back = fromAnnotation(toAnnotation(doc, task, { elapsed_ms: 1, active_ms: 1 }), task, counter());
  assert.deepEqual(back.shapes.map(({ label, bbox }) => [label, bbox]), [['RBC', [1.23, 2, 3, 4]], ['WBC', [5, 6, 7, 8]]]);
  assert.deepEqual(back.tags, ['Sharp']);
});

test('more objects than the job takes are said before they are sent', () => {
  assert.deepEqual(problems(doc, { ...task, shapes_at_most: 2 }), []);
  const [told] = problems(doc, { ...task, shapes_at_most: 1 });
  assert.equal(told.text, '2 objects are marked; this job takes 1 at most.');
});

test('a stored draft never breaks the workspace, whatever it holds', () => {
  const blank = { tags: [], shapes: [], empty: false };
  for (const json of [null, undefined, 3, 'x', [], {}, { shapes: 'no', tags: 7 }]) assert.deepEqual(fromAnnotation(json, task, counter()), blank);
  const odd = { shapes: [null, { type: 'mask' }, { type: 'box', label: 'gone', bbox: [1, 2, 3, 4] }, { type: 'box', label: 'Sharp', bbox: [1, 2, 3, 4] }], tags: ['gone'] };
  assert.deepEqual(fromAnnotation(odd, task, counter()), blank);
});

test('the same drawing is known again whatever its timing and the order of its keys', () => {
  const sent = toAnnotation(doc, task, { elapsed_ms: 1, active_ms: 1 });
  const stored = Object.fromEntries(Object.entries({ ...sent, timing: { elapsed_ms: 9 } }).reverse());
  assert.ok(sameDrawing(sent, stored, task));
  assert.ok(!sameDrawing(sent, { ...stored, tags: [] }, task));
  assert.ok(!sameDrawing(null, sent, task));
});

test('a picture with nothing marked must be said to have nothing to mark', () => {
  const nothing = { tags: [], shapes: [], empty: false };
  assert.equal(problems(nothing, taskOf())[0].at, 'empty');
  assert.deepEqual(problems({ ...nothing, empty: true }, taskOf()), []);
});

test('one choice must be made; of several, none is an answer', () => {
  const nothing = { tags: [], shapes: [], empty: false };
  assert.equal(problems(nothing, taskOf(QUALITY, { tag_choice: 'one' }))[0].at, 'tags');
  assert.deepEqual(problems(nothing, taskOf(QUALITY)), []);
});

test('a problem names its shape', () => {
  const [problem] = problems({ ...doc, shapes: [...doc.shapes, box('s3', [0, 0, 0.5, 9])] }, task);
  assert.deepEqual(problem, { id: 's3', text: 'RBC box 3: The box is smaller than one pixel.' });
});

test('an error of the server finds the shape it speaks of', () => {
  const errors = [
    { field: 'shapes[1].bbox', message: 'lies outside the image' }, { field: 'annotation.shapes[0].label', message: 'is unknown' },
    { field: 'tags', message: 'choose one' }, { field: 'shapes', message: 'mark something' }, { field: 'shapes[9].bbox', message: 'odd' },
  ];
  assert.deepEqual(linkErrors(errors, doc), [
    { id: 's2', text: 'WBC box 2: lies outside the image' }, { id: 's1', text: 'RBC box 1: is unknown' },
    { at: 'tags', text: 'choose one' }, { at: 'empty', text: 'mark something' }, { at: undefined, text: 'odd' },
  ]);
});

test('shapes of a type that cannot be drawn are noticed before they are left out', () => {
  assert.ok(hasUnknown({ shapes: [box('a', [1, 2, 3, 4]), { type: 'mask' }] }));
  for (const json of [null, {}, { shapes: 'no' }, { shapes: [null, {}, box('a', [1, 2, 3, 4])] }]) assert.equal(hasUnknown(json), false);
});
