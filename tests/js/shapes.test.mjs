import assert from 'node:assert/strict';
import test from 'node:test';
import { SHAPES, hits, kindOf, nameOf } from '../../annotation/static/annotation/js/shapes.js';
import { box } from './world.mjs';

const image = { width: 640, height: 480 };
const kind = SHAPES.get('box');

test('every kind of shape answers all that the workspace asks', () => {
  const asked = ['bounds', 'area', 'contains', 'edgeDistance', 'outline', 'move', 'handles', 'dragHandle', 'grow', 'fields',
    'withField', 'toJson', 'fromJson', 'fault', 'sketch', 'fromDraft'];
  for (const [type, entry] of SHAPES) for (const name of asked) assert.equal(typeof entry[name], 'function', `${type}.${name}`);
});

test('a click near an outline means that shape even inside a smaller one', () => {
  const shapes = [box('big', [0, 0, 200, 200]), box('small', [190, 90, 40, 40])];
  assert.deepEqual(hits(shapes, [199, 110], 3), ['big', 'small']);
});

test('a click in the open means the smallest shape around it', () => {
  const shapes = [box('small', [50, 50, 40, 40]), box('big', [0, 0, 200, 200])];
  assert.deepEqual(hits(shapes, [70, 70], 3), ['small', 'big']);
  assert.deepEqual(hits(shapes, [300, 300], 3), []);
});

test('a dragged handle stops at the edge of the image', () => {
  assert.deepEqual(kind.dragHandle(box('a', [600, 400, 20, 20]), '1,1', [500, 500], image).bbox, [600, 400, 40, 80]);
});

test('a box is never dragged thinner than a pixel', () => {
  const shape = box('a', [100, 100, 20, 20]);
  assert.equal(kind.dragHandle(shape, '1,0.5', [-20, 0], image), shape);
});

test('small boxes keep a middle that can be grabbed: their handles stand outside, and only at the corners', () => {
  const handles = kind.handles(box('a', [100, 100, 10, 10]), 1);
  assert.equal(handles.length, 4);
  assert.deepEqual(handles[0].at, [83, 83]);
  assert.equal(kind.handles(box('a', [100, 100, 100, 100]), 1).length, 8);
});

test('a field is brought into the image', () => {
  const shape = box('a', [100, 100, 50, 50]);
  assert.deepEqual(kind.withField(shape, 'x', 1000, image).bbox, [590, 100, 50, 50]);
  assert.deepEqual(kind.withField(shape, 'w', 9999, image).bbox, [100, 100, 540, 50]);
  assert.deepEqual(kind.withField(shape, 'h', -3, image).bbox, [100, 100, 50, 1]);
  assert.equal(kind.withField(shape, 'x', NaN, image), shape);
});

test('growing from the keyboard stays between one pixel and the edge', () => {
  assert.deepEqual(kind.grow(box('a', [600, 470, 5, 5]), 100, -100, image).bbox, [600, 470, 40, 1]);
});

test('what is no box is not read as one', () => {
  for (const bbox of [null, [1, 2, 3], [1, 2, 3, 'x'], [1, 2, NaN, 4]]) assert.equal(kind.fromJson({ bbox }, image), null);
  assert.deepEqual(kind.fromJson({ bbox: [-5, 0, 20, 20] }, image), { bbox: [0, 0, 15, 20] });
});

test('shapes are named by label, kind and number', () => {
  assert.equal(nameOf(box('a', [0, 0, 1, 1], 'WBC'), 2), 'WBC box 3');
  assert.equal(kindOf({ type: 'box' }), kind);
});
