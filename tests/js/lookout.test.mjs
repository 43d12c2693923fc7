import assert from 'node:assert/strict';
import test from 'node:test';
import { createLookout } from '../../annotation/static/annotation/js/lookout.js';

/** A lookout on a clock of the test's own; `pass(seconds)` lets time go by. */
function watched({ onLook = async () => {} } = {}) {
  const seen = { looks: 0, told: [], visible: true };
  let [time, due, timer] = [0, Infinity, null];
  const lookout = createLookout({
    look: async () => {
      seen.looks += 1;
      await onLook(lookout);
    },
    tell: (state) => seen.told.push(state),
    visible: () => seen.visible,
    now: () => time,
    setTimer(action, ms) {
      [due, timer] = [time + ms, action];
      return 1;
    },
    clearTimer() {
      due = Infinity;
    },
  });
  const pass = async (seconds) => {
    const end = time + seconds * 1000;
    while (due <= end) {
      time = due;
      due = Infinity;
      timer();
      await new Promise((done) => setImmediate(done));
    }
    time = end;
  };
  return { lookout, seen, pass };
}

test('it looks every half minute and gives up after ten', async () => {
  const { lookout, seen, pass } = watched();
  lookout.start();
  await pass(29);
  assert.equal(seen.looks, 0);
  await pass(31);
  assert.equal(seen.looks, 2);
  await pass(3600);
  assert.equal(seen.looks, 19);
  assert.deepEqual(seen.told, ['looking', 'over']);
});

test('while nobody can see the page it does not ask, and goes on afterwards', async () => {
  const { lookout, seen, pass } = watched();
  lookout.start();
  seen.visible = false;
  await pass(120);
  assert.equal(seen.looks, 0);
  seen.visible = true;
  await pass(30);
  assert.equal(seen.looks, 1);
});

test('stopped, also from within a look, it asks no more; started again it begins anew', async () => {
  const { lookout, seen, pass } = watched({ onLook: async (self) => self.stop() });
  lookout.start();
  await pass(300);
  assert.equal(seen.looks, 1);
  lookout.start();
  lookout.stop();
  await pass(300);
  assert.equal(seen.looks, 1);
});
