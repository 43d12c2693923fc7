import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeCounts } from '../../annotation/static/annotation/js/rle.js';
import { caption, readLayers, tally } from '../../annotation/static/annotation/js/layers.js';

const image = { url: '/x', width: 100, height: 100 };
const shape = (status, more = {}) => ({ type: 'box', label: 'RBC', bbox: [1, 2, 3, 4], status, ...more });

test('what can not be drawn is left out; an unknown style is solid', () => {
  const [layer] = readLayers({ image, layers: [{ name: 'Mine', style: 'wavy', shapes: [shape(), { type: 'mask' }, null, shape(null, { bbox: [1] })] }] });
  assert.deepEqual([layer.style, layer.shapes.length, layer.shapes[0].status], ['solid', 1, null]);
  assert.deepEqual(readLayers({ image }), []);
});

test('a match, drawn in both layers, is counted once; misses and extras add up', () => {
  const layers = readLayers({ image, layers: [
    { name: 'Yours', shapes: [shape('matched'), shape('matched'), shape('extra')] },
    { name: 'Adopted', shapes: [shape('matched'), shape('matched'), shape('missed'), shape('missed')] },
  ] });
  assert.deepEqual(tally(layers), [['matched', 2], ['missed', 2], ['extra', 1]]);
});

test('a caption says in words what the colour says', () => {
  assert.equal(caption({ label: 'RBC', status: 'missed', note: '2 of 3 votes' }), 'RBC · Missed · 2 of 3 votes');
  assert.equal(caption({ label: 'RBC', status: null, note: '' }), 'RBC');
});

test('all types of shape are shown, with what was answered about them', () => {
  const labels = [{ name: 'face', skeleton: { points: ['nose', 'chin'], edges: [['nose', 'chin']] } }];
  const shapes = [
    { type: 'polygon', label: 'roof', segmentation: [[1, 1, 9, 1, 5, 9]], attributes: { flat: true, made: 'tin', seen: false, rows: 2 } },
    { type: 'mask', label: 'sky', mode: 'semantic', segmentation: { size: [100, 100], counts: encodeCounts([500, 9500]) } },
    { type: 'keypoints', label: 'face', keypoints: [1, 1, 2, 5, 5, 2] },
  ];
  const [layer] = readLayers({ image, labels, layers: [{ name: 'All', shapes }] });
  assert.deepEqual(layer.shapes.map(({ type }) => type), ['polygon', 'mask', 'keypoints']);
  assert.equal(layer.shapes.at(-1).lines.length, 1);
  assert.equal(caption(layer.shapes[0]), 'roof · flat, made tin, rows 2');
});
