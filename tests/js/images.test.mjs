import assert from 'node:assert/strict';
import test from 'node:test';
import { createImages, firstUrl, tooCoarse } from '../../annotation/static/annotation/js/images.js';

const small = (url) => ({ url, width: 640, height: 480, sizes: { 2048: `${url}?2048`, full: url } });
const large = (url) => ({ ...small(url), width: 3000, height: 4096 });

/** Pictures that are asked for, in turn; each waits until the test lets it come or fail. */
function shelf() {
  const asked = [];
  const make = () => {
    const element = {
      called: true,
      removeAttribute(name) {
        if (name === 'src') element.called = false;
      },
      decode: () => new Promise((come, fail) => Object.assign(element, { come, fail })),
    };
    asked.push(element);
    return element;
  };
  return { asked, images: createImages(make) };
}
const settled = () => new Promise((done) => setImmediate(done));

test('a large picture is shown by its smaller copy until somebody zooms past that', () => {
  assert.equal(firstUrl(large('/a')), '/a?2048');
  assert.equal(firstUrl(small('/a')), '/a');
  assert.equal(firstUrl({ url: '/a', width: 9000, height: 10 }), '/a');
  assert.deepEqual([0.5, 0.51].map((k) => tooCoarse(large('/a'), k)), [false, true]);
  assert.equal(tooCoarse(small('/a'), 40), false);
});

test('what was loaded ahead is not loaded again, though its address is another one by then', async () => {
  const { asked, images } = shelf();
  images.ahead('a2', small('/sealed-at-nine'));
  asked[0].come();
  assert.equal(await images.load('a2', small('/sealed-at-ten')), asked[0]);
  assert.equal(await images.load('a3', small('/sealed-at-nine')), asked[0], 'the same picture in another assignment');
  assert.equal(asked.length, 1);
});

test('what is wanted now goes before what is wanted next', () => {
  const { asked, images } = shelf();
  images.load('a1', small('/1'));
  images.ahead('a2', small('/2'));
  assert.deepEqual(asked.map((element) => element.fetchPriority), ['high', 'low']);
});

test('only the picture in hand and the one ahead are kept; one still on its way is called off', async () => {
  const { asked, images } = shelf();
  images.load('a1', small('/1'));
  images.load('a2', small('/2'));
  images.ahead('a3', small('/3'));
  asked[0].come();
  await settled();
  images.keep('a2', null);
  assert.deepEqual(asked.map((element) => element.called), [true, true, false], 'a picture on the screen stays whole');
  asked[2].fail(new Error('called off'));
  images.load('a1', small('/1'));
  images.load('a2', small('/2'));
  assert.deepEqual(asked.map((element) => element.src), ['/1', '/2', '/3', '/1']);
});

test('a picture that failed is asked for anew', async () => {
  const { asked, images } = shelf();
  const first = images.load('a1', small('/1'));
  asked[0].fail(new Error('broken'));
  await assert.rejects(first);
  images.load('a1', small('/1'));
  assert.equal(asked.length, 2);
});

test('all pixels are asked for once, and again for the next picture only', async () => {
  const { asked, images } = shelf();
  images.load('a1', large('/1'));
  const whole = images.whole(large('/1'));
  assert.equal(images.whole(large('/1')), null);
  asked[1].come();
  assert.equal(await whole, asked[1]);
  assert.deepEqual(asked.map((element) => element.src), ['/1?2048', '/1']);
  images.keep('a1');
  assert.notEqual(images.whole(large('/1')), null);
});
