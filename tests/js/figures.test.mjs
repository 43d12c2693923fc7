import assert from 'node:assert/strict';
import test from 'node:test';
import { FIGURES, figureOf, pointName } from '../../annotation/static/annotation/js/figures.js';
import { encodeCounts } from '../../annotation/static/annotation/js/rle.js';
import { hits } from '../../annotation/static/annotation/js/shapes.js';

const image = { width: 100, height: 50 };
const FACE = { name: 'face', skeleton: { points: ['nose', 'left eye', 'right eye'], edges: [['nose', 'left eye'], ['nose', 'right eye']] } };
const made = (json, label) => ({ type: json.type, ...FIGURES.get(json.type).fromJson(json, image, label) });

const roof = made({ type: 'polygon', segmentation: [[10, 10, 30, 10, 30, 30, 10, 30], [40, 5, 60, 5, 50, 15]] });
const column = { type: 'mask', mode: 'instance', segmentation: { size: [50, 100], counts: encodeCounts([500, 100, 4400]) } };
const face = made({ type: 'keypoints', keypoints: [10, 10, 2, 20, 10, 1, 0, 0, 0] }, FACE);

test('every figure answers all that the viewer asks', () => {
  for (const [type, entry] of FIGURES) {
    for (const name of ['fromJson', 'bounds', 'area', 'contains', 'edgeDistance', 'outline']) assert.equal(typeof entry[name], 'function', `${type}.${name}`);
  }
  assert.deepEqual([...FIGURES.keys()], ['box', 'polygon', 'mask', 'keypoints']);
});

test('a polygon is one path of closed rings; a point is in it when it is in one of them', () => {
  const kind = figureOf(roof);
  assert.deepEqual(kind.outline(roof), [['path', { d: 'M10 10L30 10L30 30L10 30ZM40 5L60 5L50 15Z' }]]);
  assert.deepEqual(kind.bounds(roof), [10, 5, 50, 25]);
  assert.equal(kind.area(roof), 500);
  assert.deepEqual([[20, 20], [50, 8], [35, 8]].map((at) => kind.contains(roof, at)), [true, true, false]);
  assert.equal(kind.edgeDistance(roof, [20, 7]), 3);
});

test('a mask is the contour of its pixels', () => {
  const mask = made(column);
  const kind = figureOf(mask);
  assert.equal(kind.outline(mask)[0][1].d, 'M10 0L12 0L12 50L10 50Z');
  assert.deepEqual([kind.bounds(mask), kind.area(mask)], [[10, 0, 2, 50], 100]);
  assert.deepEqual([[11, 20], [13, 20], [-1, 0], [100, 50]].map((at) => kind.contains(mask, at)), [true, false, false, false]);
});

test('a large mask is shown coarser, and a ragged one too', () => {
  const large = { width: 8000, height: 4000 };
  const half = FIGURES.get('mask').fromJson({ segmentation: { size: [4000, 8000], counts: encodeCounts([0, 16_000_000, 16_000_000]) } }, large);
  assert.equal(half.path, 'M0 0L4000 0L4000 4000L0 4000Z');
  assert.ok(half.seen.width <= 2048);
  const dust = { width: 1000, height: 1000 };
  const runs = [0, ...Array.from({ length: 1_000_000 }, () => 1)];
  assert.ok(FIGURES.get('mask').fromJson({ segmentation: { size: [1000, 1000], counts: encodeCounts(runs) } }, dust).seen.step > 1);
});

test('keypoints are the lines between marked points, and a dot for each', () => {
  const kind = figureOf(face);
  assert.deepEqual(kind.outline(face), [
    ['line', { x1: 10, y1: 10, x2: 20, y2: 10 }],
    ['path', { d: 'M10 10h0', 'data-dot': 'seen' }], ['path', { d: 'M20 10h0', 'data-dot': 'hidden' }],
  ]);
  assert.deepEqual([kind.bounds(face), kind.edgeDistance(face, [15, 14])], [[10, 10, 10, 0], 4]);
  assert.equal(pointName(face, [20, 11], 2), 'left eye (hidden)');
  assert.equal(pointName(face, [15, 10], 2), '');
  assert.equal(pointName(roof, [20, 20], 2), '');
  assert.equal(made({ type: 'keypoints', keypoints: [1, 1, 2] }).marked[0].name, '1');
});

test('what the pointer means is found among all kinds', () => {
  const all = [{ ...roof, id: 'roof' }, { ...made(column), id: 'mask' }, { ...face, id: 'face' }];
  assert.deepEqual(hits(all, [20, 11], 2, figureOf), ['face', 'roof']);
  assert.deepEqual(hits(all, [11, 40], 2, figureOf), ['mask']);
});

test('what is no shape is not read as one', () => {
  const bad = {
    polygon: [{}, { segmentation: [] }, { segmentation: [[1, 2, 3, 4]] }, { segmentation: [[1, 2, 3, 4, 5, NaN]] }, { segmentation: 'x' }],
    mask: [{}, { segmentation: { size: [100, 50], counts: '1' } }, { segmentation: { size: [50, 100], counts: 'nothing' } }],
    keypoints: [{}, { keypoints: [] }, { keypoints: [1, 2] }, { keypoints: [1, 2, null] }, { keypoints: [0, 0, 0] }],
  };
  for (const [type, rows] of Object.entries(bad)) {
    for (const row of rows) assert.equal(FIGURES.get(type).fromJson(row, image), null, `${type} ${JSON.stringify(row)}`);
  }
});
