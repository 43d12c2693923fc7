import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError } from '../../annotation/static/annotation/js/api.js';
import { createLease } from '../../annotation/static/annotation/js/lease.js';

const LENGTH = 1_800_000;
const settled = () => new Promise((done) => setImmediate(done));

/** A lease just begun, its worker active; `answers` are what renewals bring, in turn. */
function held(t, ...answers) {
  return opened(t, { left: LENGTH, answers });
}
function opened(t, { left, answers }) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const seen = { renewed: 0, lost: [], left: null };
  let time = 0;
  const lease = createLease({
    renew: async () => {
      seen.renewed += 1;
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return { lease_expires_at: new Date(time + LENGTH).toISOString() };
    },
    ask: async () => false, length: LENGTH, lastActive: () => time, now: () => time,
    onTick: (state) => { seen.left = state?.left ?? null; }, onOver() {}, onLost: (error) => seen.lost.push(error.status),
  });
  lease.hold('a1', new Date(left).toISOString());
  const pass = async (seconds) => {
    time += seconds * 1000;
    t.mock.timers.tick(1000);
    await settled();
  };
  return { seen, pass };
}

test('while somebody works the lease is renewed to its full length', async (t) => {
  const { seen, pass } = held(t);
  await pass(500);
  assert.equal(seen.renewed, 0);
  await pass(400);
  assert.deepEqual([seen.renewed, seen.left], [1, LENGTH]);
});

test('a picture that is no longer held is told once, and not asked about again', async (t) => {
  const { seen, pass } = held(t, new ApiError({ status: 409 }), new ApiError({ status: 409 }));
  await pass(900);
  await pass(60);
  assert.deepEqual([seen.renewed, seen.lost, seen.left], [1, [409], null]);
});

test('being signed out or offline loses no picture: it goes on trying', async (t) => {
  const { seen, pass } = held(t, new ApiError({ status: 401 }), new ApiError({}));
  await pass(900);
  await pass(60);
  await pass(60);
  assert.deepEqual([seen.renewed, seen.lost, seen.left], [3, [], LENGTH]);
});

test('a page opened again late in a lease renews as if it had been open all the time', async (t) => {
  const { seen, pass } = opened(t, { left: LENGTH * 0.6, answers: [] });
  await pass(60);
  assert.deepEqual([seen.renewed, seen.left], [1, LENGTH]);
});
