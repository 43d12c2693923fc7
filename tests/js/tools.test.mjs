import assert from 'node:assert/strict';
import test from 'node:test';
import { TOOLS, cursorStep, toolsFor } from '../../annotation/static/annotation/js/tools.js';
import { CELLS, QUALITY } from './world.mjs';

const context = { k: 1, image: { width: 640, height: 480 } };
/** Feeds [type, point] pairs to the box tool; the last result. */
function feed(steps, k = 1, from = undefined) {
  let result = { draft: from };
  for (const [type, p] of steps) result = TOOLS.get('box').step(result.draft, { type, p }, { ...context, k });
  return result;
}

test('a drag makes a box', () => {
  assert.deepEqual(feed([['down', [10, 20]], ['move', [50, 60]], ['up', [110, 70]]]).commit, { type: 'box', bbox: [10, 20, 100, 50] });
});

test('two clicks make the same box, from any two opposite corners', () => {
  const clicks = [['down', [110, 20]], ['up', [111, 20]], ['move', [60, 60]], ['down', [10, 70]], ['up', [10, 70]]];
  assert.deepEqual(feed(clicks).commit, { type: 'box', bbox: [10, 20, 100, 50] });
});

test('the second corner counts where the finger is lifted', () => {
  const clicks = [['down', [10, 10]], ['up', [10, 10]], ['down', [90, 90]], ['move', [95, 99]], ['up', [100, 100]]];
  assert.deepEqual(feed(clicks).commit.bbox, [10, 10, 90, 90]);
});

test('a slip of the hand makes nothing', () => {
  assert.ok(feed([['down', [10, 10]], ['up', [10, 10]], ['down', [11, 60]], ['up', [11, 60]]]).dropped);
});

test('what counts as a slip is measured on the screen, and is never under one pixel of the image', () => {
  const thin = [['down', [10, 10]], ['up', [10, 10]], ['down', [12, 60]], ['up', [12, 60]]];
  assert.ok(feed(thin, 1).dropped);
  assert.deepEqual(feed(thin, 2).commit.bbox, [10, 10, 2, 50]);
  assert.ok(feed([['down', [10, 10]], ['up', [10.1, 10]], ['down', [10.5, 60]], ['up', [10.5, 60]]], 30).dropped);
});

test('a second finger cancels a first drag but only lifts a second corner', () => {
  assert.equal(feed([['down', [10, 10]], ['move', [50, 50]], ['release', [0, 0]]]).draft, null);
  const kept = feed([['down', [10, 10]], ['up', [10, 10]], ['down', [50, 50]], ['release', [0, 0]]]).draft;
  assert.deepEqual([kept.a, kept.held], [[10, 10], false]);
});

test('moving without having begun draws nothing', () => {
  assert.deepEqual(feed([['move', [5, 5]], ['up', [6, 6]]]), { draft: undefined });
});

test('a job has the tools its labels need, and none for questions alone', () => {
  assert.deepEqual(toolsFor(CELLS), ['select', 'box']);
  assert.deepEqual(toolsFor(QUALITY), []);
});

test('the keyboard cursor moves a pixel at first and faster while a key is held', () => {
  assert.equal(cursorStep({ k: 2, repeats: 0, shift: false }), 1);
  assert.equal(cursorStep({ k: 0.5, repeats: 0, shift: false }), 2);
  assert.equal(cursorStep({ k: 1, repeats: 0, shift: true }), 10);
  assert.equal(cursorStep({ k: 1, repeats: 50, shift: false }), 8);
});
