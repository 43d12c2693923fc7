import assert from 'node:assert/strict';
import test from 'node:test';
import * as g from '../../annotation/static/annotation/js/geometry.js';
import { random } from './world.mjs';

const image = { width: 640, height: 480 };
const close = (a, b, slack = 1e-6) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) <= slack, `${a} is not ${b}`));

test('a rectangle is the same whichever corner it was begun at', () => {
  for (const [a, b] of [[[1, 2], [5, 9]], [[5, 2], [1, 9]], [[5, 9], [1, 2]]]) assert.deepEqual(g.rectFrom(a, b), [1, 2, 4, 7]);
});

test('rounding keeps touching edges together', () => {
  const left = g.roundRect([0.004, 0, 10.003, 5]);
  const right = g.roundRect([10.007, 0, 5, 5]);
  assert.equal(left[0] + left[2], right[0]);
});

test('a moved rectangle stays inside the image and keeps its size', () => {
  const next = random(7);
  for (let i = 0; i < 500; i += 1) {
    const rect = g.clipRect([next() * 600, next() * 400, next() * 300, next() * 300], image);
    const [x, y, w, h] = g.moveRect(rect, (next() - 0.5) * 3000, (next() - 0.5) * 3000, image);
    assert.equal(w, rect[2]);
    assert.equal(h, rect[3]);
    assert.ok(x >= 0 && y >= 0 && x + w <= 640 + 1e-9 && y + h <= 480 + 1e-9);
  }
});

test('a handle dragged over the opposite edge turns the rectangle inside out, never negative', () => {
  assert.deepEqual(g.resizeRect([10, 10, 20, 20], [1, 1], [4, 5]), [4, 5, 6, 5]);
  assert.deepEqual(g.resizeRect([10, 10, 20, 20], [0.5, 0], [99, 15]), [10, 15, 20, 15]);
});

test('the screen and the image are inverse views of each other', () => {
  const view = { k: 2.5, x: -31, y: 12 };
  close(g.toImage(view, g.toScreen(view, [123.4, 56.7])), [123.4, 56.7]);
});

test('zooming keeps the image point under the pointer', () => {
  const next = random(3);
  for (let i = 0; i < 200; i += 1) {
    const view = { k: 0.1 + next() * 5, x: next() * 400 - 200, y: next() * 400 - 200 };
    const at = [next() * 900, next() * 700];
    close(g.toImage(g.zoomAt(view, at, 0.5 + next() * 2, { min: 0.01, max: 100 }), at), g.toImage(view, at));
  }
});

test('zooming stops at its limits', () => {
  assert.equal(g.zoomAt({ k: 1, x: 0, y: 0 }, [0, 0], 1000, { min: 0.1, max: 40 }).k, 40);
  assert.equal(g.zoomAt({ k: 1, x: 0, y: 0 }, [0, 0], 0.0001, { min: 0.1, max: 40 }).k, 0.1);
});

test('the fitted image is centred, whole, and inside its margin', () => {
  const view = g.fitView(image, { width: 1000, height: 500 }, 10);
  assert.equal(view.k, 1);
  assert.deepEqual([view.x, view.y], [180, 10]);
});

test('two fingers pan and zoom at once: the point between them stays between them', () => {
  const view = { k: 1, x: 0, y: 0 };
  const after = g.pinchView(view, [[100, 100], [200, 100]], [[150, 200], [350, 200]], { min: 0.1, max: 40 });
  assert.equal(after.k, 2);
  close(g.toScreen(after, [150, 100]), [250, 200]);
});

test('the image can not be pushed out of sight', () => {
  const view = g.keepInSight({ k: 1, x: 5000, y: -5000 }, image, { width: 800, height: 600 });
  assert.deepEqual([view.x, view.y], [740, -420]);
});

test('revealing pans only when it must', () => {
  const view = { k: 1, x: 0, y: 0 };
  const size = { width: 800, height: 600 };
  assert.deepEqual(g.reveal(view, [100, 100, 50, 50], size), view);
  assert.deepEqual(g.reveal(view, [790, 100, 50, 50], size), { k: 1, x: -80, y: 0 });
});

test('the distance to an outline is measured inside and outside', () => {
  assert.equal(g.edgeDistance([10, 10, 20, 20], [12, 20]), 2);
  assert.equal(g.edgeDistance([10, 10, 20, 20], [7, 6]), 5);
});
