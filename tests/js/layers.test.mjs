import assert from 'node:assert/strict';
import test from 'node:test';
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
