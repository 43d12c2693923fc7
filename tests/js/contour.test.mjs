import assert from 'node:assert/strict';
import test from 'node:test';
import { contourOf, edgeLength } from '../../annotation/static/annotation/js/contour.js';
import { random } from './world.mjs';

const mask = (rows, step = 1) => ({
  pixels: Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)), width: rows[0].length, height: rows.length, step,
});
const full = { width: 100, height: 100 };

test('a rectangle has four corners', () => {
  assert.equal(contourOf(mask(['....', '.##.', '....']), full), 'M1 1L3 1L3 2L1 2Z');
});

test('a hole is a loop of its own, and pixels that touch at a corner stay apart', () => {
  assert.equal(contourOf(mask(['###', '#.#', '###']), full).split('M').length - 1, 2);
  assert.equal(contourOf(mask(['#.', '.#']), full), 'M0 0L1 0L1 1L0 1ZM1 1L2 1L2 2L1 2Z');
  assert.equal(contourOf(mask(['.#', '#.']), full).split('M').length - 1, 2);
});

test('nothing inside has no contour', () => {
  assert.equal(contourOf(mask(['..']), full), '');
});

test('coarser pixels reach no further than the image', () => {
  assert.equal(contourOf(mask(['##', '##'], 4), { width: 7, height: 6 }), 'M0 0L7 0L7 6L0 6Z');
});

test('of any mask the loops go along all sides of its pixels and around exactly its area', () => {
  const next = random(3);
  for (let round = 0; round < 100; round += 1) {
    const rows = Array.from({ length: 8 }, () => Array.from({ length: 9 }, () => (next() < 0.5 ? '#' : '.')).join(''));
    const drawn = mask(rows);
    const loops = contourOf(drawn, full).split('Z').filter(Boolean).map((d) => d.slice(1).split('L').map((at) => at.split(' ').map(Number)));
    let [length, twice] = [0, 0];
    for (const loop of loops) {
      loop.forEach(([ax, ay], i) => {
        const [bx, by] = loop[(i + 1) % loop.length];
        assert.ok((ax === bx) !== (ay === by));
        length += Math.abs(ax - bx) + Math.abs(ay - by);
        twice += ax * by - bx * ay;
      });
    }
    assert.equal(length, edgeLength(drawn));
    assert.equal(twice / 2, drawn.pixels.reduce((a, b) => a + b, 0));
  }
});
