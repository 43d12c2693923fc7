import assert from 'node:assert/strict';
import test from 'node:test';
import { dollars, micro } from '../../annotation/static/annotation/js/amounts.js';
import { clockSkew, createActivity, leaseAt, minutes, shouldRenew } from '../../annotation/static/annotation/js/clock.js';

test('pauses are not work', () => {
  const activity = createActivity({ start: 0 });
  activity.touch(5_000);
  activity.touch(100_000);
  assert.deepEqual(activity.timing(120_000), { elapsed_ms: 120_000, active_ms: 20_000 });
});

test('work goes on counting where a draft left off', () => {
  const activity = createActivity({ start: 1000, active: 4000, elapsed: 9000 });
  activity.touch(2000);
  assert.deepEqual(activity.timing(2000), { elapsed_ms: 10_000, active_ms: 5000 });
});

test('working time is never more than the time that passed, even when the clock jumps back', () => {
  const activity = createActivity({ start: 1000 });
  for (const now of [900, 1100, 500, 1200]) activity.touch(now);
  const { elapsed_ms: elapsed, active_ms: active } = activity.timing(1200);
  assert.ok(active <= elapsed && active >= 0);
});

test('time left is shown in minutes and seconds, hours when there are any', () => {
  assert.deepEqual([0, 999, 61_000, 3_723_000, -5].map(minutes), ['0:00', '0:01', '1:01', '1:02:03', '0:00']);
});

test('the warning comes two minutes before the end, sooner in proportion for a short lease', () => {
  const at = (left, length) => leaseAt({ expires: left, length, now: 0 }).phase;
  assert.deepEqual([at(121_000, 1_800_000), at(120_000, 1_800_000), at(0, 1_800_000)], ['calm', 'soon', 'over']);
  assert.deepEqual([at(41_000, 120_000), at(40_000, 120_000)], ['calm', 'soon']);
});

test('a lease is renewed while somebody works, not before it is a third used, not too often, not after its end', () => {
  const base = { expires: 1_000_000, length: 1_800_000, now: 0, lastActive: -1000, lastTry: -1e9 };
  assert.equal(shouldRenew(base), true);
  assert.equal(shouldRenew({ ...base, expires: 1_300_000 }), false);
  assert.equal(shouldRenew({ ...base, lastActive: -61_000 }), false);
  assert.equal(shouldRenew({ ...base, lastTry: -5000 }), false);
  assert.equal(shouldRenew({ ...base, expires: -1 }), false);
  assert.equal(shouldRenew({ expires: 30_000, length: 60_000, now: 0, lastActive: -25_000, lastTry: -1e9 }), false);
});

test('a wrong clock on this machine is seen from the server\'s date', () => {
  assert.equal(clockSkew('Tue, 24 Nov 2026 02:00:10 GMT', Date.parse('2026-11-24T02:00:00Z')), 10_000);
  assert.equal(clockSkew('Tue, 24 Nov 2026 02:00:00 GMT', Date.parse('2026-11-24T02:00:00.990Z')), 0);
  assert.equal(clockSkew(undefined, 5), 0);
});

test('money is added in whole micro-units and shown exactly', () => {
  assert.deepEqual(['0.05', '1', '0.000001', '12.3', '1e3', '-1', '0.0000001', null].map(micro), [50_000, 1_000_000, 1, 12_300_000, 0, 0, 0, 0]);
  assert.deepEqual([50_000, 12_300_000, 1, 0, 12_500].map(dollars), ['$0.05', '$12.30', '$0.000001', '$0.00', '$0.0125']);
  assert.equal(dollars(micro('0.1') + micro('0.2')), '$0.30');
});
