import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError } from '../../annotation/static/annotation/js/api.js';
import { NOTHING_LEFT, isLoss, lossOf, turnedAway } from '../../annotation/static/annotation/js/refusals.js';

const refused = (status, reason, more = {}) =>
  new ApiError({ status, title: 'Not now', detail: 'The server says why.', body: { reason, ...more } });
const REASONS = [
  [409, 'paused_after_skips'], [409, 'daily_cap'], [409, 'share_cap'], [403, 'blocked'], [403, 'not_invited'],
  [409, 'job_not_open', { state: 'paused' }], [409, 'job_not_open', { state: 'closed' }], [409, 'something_new'],
];

test('every no has a title, a text and a way on, and the main way is the last', () => {
  for (const [status, reason, more] of REASONS) {
    const { title, text, actions } = turnedAway(refused(status, reason, more));
    assert.ok(title && text && actions.length, reason);
  }
  assert.deepEqual(turnedAway(refused(409, 'paused_after_skips')).actions.at(-1), 'read');
});

test('"Look again" is offered only where looking again may help', () => {
  const again = (screen) => screen.actions.includes('again');
  const hopeful = REASONS.filter(([status, reason, more]) => again(turnedAway(refused(status, reason, more))));
  assert.deepEqual(hopeful.map(([, reason, more]) => more?.state ?? reason), ['paused', 'something_new']);
  assert.ok(again(NOTHING_LEFT));
});

test('figures are told in the words of the server', () => {
  assert.equal(turnedAway(refused(409, 'daily_cap')).text, 'The server says why.');
  assert.equal(turnedAway(refused(409, 'something_new')).text, 'The server says why.');
});

test('a broken connection and a fault decide nothing; who is signed out can sign in', () => {
  assert.equal(turnedAway(new ApiError({})), null);
  assert.equal(turnedAway(new ApiError({ status: 503 })), null);
  assert.equal(turnedAway(new ApiError({ status: 403 })), null);
  assert.deepEqual(turnedAway(new ApiError({ status: 401 })).actions, ['exit', 'reload']);
});

test('an answer that came late is told to be kept, any other loss is told for what it is', () => {
  const kept = ['place_given_on', 'image_given_again', 'place_withdrawn', 'late_beyond_cap'];
  const titles = kept.map((reason) => {
    const { title, ...rest } = lossOf(refused(409, reason));
    assert.deepEqual(rest, { kept: true, submittable: false }, reason);
    return title;
  });
  assert.equal(new Set(titles).size, kept.length, 'each has a title of its own');
  assert.equal(lossOf(refused(409, 'assignment_expired')).kept, false);
  assert.match(lossOf(refused(409, 'assignment_skipped')).title, /skipped/);
  assert.match(lossOf(new ApiError({ status: 404 })).title, /no longer yours/);
});

test('only a lease that ran out leaves hope that the answer is still taken', () => {
  const hope = ['expired', 'skipped', 'given_back', 'cancelled'].filter((s) => lossOf(refused(409, `assignment_${s}`)).submittable);
  assert.deepEqual(hope, ['expired']);
  assert.deepEqual([404, 409, 410, 401, 403, 500].filter((status) => isLoss({ status })), [404, 409, 410]);
});
