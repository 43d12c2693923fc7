import assert from 'node:assert/strict';
import test from 'node:test';
import { areaOf, boundsOf, decodeCounts, encodeCounts, pixelsOf, runsIn } from '../../annotation/static/annotation/js/rle.js';
import { random } from './world.mjs';

const DRAWN = {
  none: () => false,
  all: () => true,
  stripes: (x, y) => (Math.floor(x / 3) + Math.floor(y / 4)) % 2 === 0,
  mix: (x, y) => (x * x * 7 + y * 13 + x * y) % 11 < 4,
  disc: (x, y, w, h) => (x - w / 2) ** 2 + (y - h / 2) ** 2 < (Math.min(w, h) / 3) ** 2,
};
// What pycocotools 2.0.11 says of these: [drawing, width, height, counts, area, bounding box].
const PYCOCOTOOLS = [
  ["none", 1, 1, "1", 0, [0, 0, 0, 0]],
  ["all", 1, 1, "01", 1, [0, 0, 1, 1]],
  ["stripes", 1, 1, "01", 1, [0, 0, 1, 1]],
  ["mix", 1, 1, "01", 1, [0, 0, 1, 1]],
  ["disc", 1, 1, "1", 0, [0, 0, 0, 0]],
  ["none", 7, 5, "S1", 0, [0, 0, 0, 0]],
  ["all", 7, 5, "0S1", 35, [0, 0, 7, 5]],
  ["stripes", 7, 5, "0410004MO004M", 19, [0, 0, 7, 5]],
  ["mix", 7, 5, "025OO0M0000000003010L", 11, [0, 0, 7, 5]],
  ["disc", 7, 5, "<222O01N4", 12, [2, 1, 4, 4]],
  ["none", 40, 30, "`U1", 0, [0, 0, 0, 0]],
  ["all", 40, 30, "0`U1", 1200, [0, 0, 40, 30]],
  ["stripes", 40, 30, "04400000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N0200000N020000020N0000N", 602, [0, 0, 40, 30]],
  ["disc", 40, 30, "e:9d02M4N0O2N2O0000000000000001N2N102L3NR9", 305, [11, 6, 19, 19]],
  ["none", 64, 64, "PP4", 0, [0, 0, 0, 0]],
  ["all", 64, 64, "0PP4", 4096, [0, 0, 64, 64]],
  ["disc", 64, 64, "mf07e18J4L4M2M4M2N2O0O2N2O0O2O0O2O00000O2O000000000001N1000001N101N101N2N101N2N3L3N3L4L6HWc0", 1433, [11, 11, 43, 43]],
  ["none", 300, 200, "Pcj1", 0, [0, 0, 0, 0]],
  ["all", 300, 200, "0Pcj1", 60000, [0, 0, 300, 200]],
  ["disc", 300, 200, "k_`0c0`5:G8I6J6K4K6K4M2M4L4M2M4M2N2N2M4M2N2N2N2N2N2O0O2N2N2N2O0O2N2O0O2O0O2N2O0O2O000O2O0O2O000O2O000O2O00000O2O0000000O2O000000000000000000000000000000000001N100000001N1000001N10001N10001N101N10001N101N2N101N101N2N101N2N2N2N101N2N2N2N2N2N3L3N2N2N3L3N3L4L3N3L5J5L5J6J7H9FRT`0", 13965, [84, 34, 133, 133]],
];

function draw(name, width, height) {
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) pixels[y * width + x] = DRAWN[name](x, y, width, height) ? 1 : 0;
  return pixels;
}

test('the text is that of pycocotools, byte for byte, and is read back to the same pixels', () => {
  for (const [name, width, height, counts, area, bounds] of PYCOCOTOOLS) {
    const pixels = draw(name, width, height);
    const runs = runsIn(pixels, { width, height });
    assert.equal(encodeCounts(runs), counts, name);
    assert.deepEqual(decodeCounts(counts, { width, height }), runs, name);
    assert.deepEqual(pixelsOf(runs, { width, height }).pixels, pixels, name);
    assert.equal(areaOf(runs), area, name);
    assert.deepEqual(boundsOf(runs, { width, height }), bounds, name);
  }
});

test('any mask goes into text and comes back', () => {
  const next = random(7);
  for (let round = 0; round < 200; round += 1) {
    const [width, height, share] = [1 + Math.floor(next() * 20), 1 + Math.floor(next() * 20), next()];
    const pixels = Uint8Array.from({ length: width * height }, () => (next() < share ? 1 : 0));
    const runs = decodeCounts(encodeCounts(runsIn(pixels, { width, height })), { width, height });
    assert.deepEqual(pixelsOf(runs, { width, height }).pixels, pixels);
  }
});

test('what is no mask of the image is not read as one', () => {
  const image = { width: 3, height: 4 };
  for (const counts of [null, 5, '', '33', ' ', 'é', 'p', '3Q', 'Q', 'QQQQQQQ0', '3O96', '0'.repeat(50)]) {
    assert.equal(decodeCounts(counts, image), null, String(counts));
  }
});

test('a mask of a hundred million pixels is shown without ever being held', () => {
  const image = { width: 10_000, height: 10_000 };
  const runs = [30_000_000, 40_000_000, 30_000_000];
  assert.deepEqual(decodeCounts(encodeCounts(runs), image), runs);
  const seen = pixelsOf(runs, image, 100);
  assert.deepEqual([seen.width, seen.height, seen.step], [100, 100, 100]);
  assert.equal(seen.pixels.reduce((a, b) => a + b, 0), 4000);
});
