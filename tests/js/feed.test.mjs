import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError, createApi, newKey } from '../../annotation/static/annotation/js/api.js';
import { createFeed } from '../../annotation/static/annotation/js/feed.js';

const response = (status, body, headers = {}) => new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
const urls = { claim: '/claim', submit: '/a/{assignment}/submit' };

/** A server that gives these answers in turn; an Error is a broken connection. */
function serving(...answers) {
  const seen = [];
  const fetch = async (url, options) => {
    seen.push({ url, ...options, body: JSON.parse(options.body) });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { seen, call: createApi({ urls, csrf: 'token', fetch }) };
}
const noPause = { sleep: async () => {}, wake() {} };
const annotation = (ms, shapes = []) => ({ shapes, timing: { elapsed_ms: ms } });

test('every POST carries the CSRF token and a key of its own', async () => {
  const { seen, call } = serving(response(204), response(204));
  assert.equal(await call('POST', 'claim'), null);
  await call('POST', 'claim');
  assert.equal(seen[0].headers['X-CSRFToken'], 'token');
  assert.notEqual(seen[0].headers['Idempotency-Key'], seen[1].headers['Idempotency-Key']);
  assert.match(newKey(), /^[0-9a-f]{32}$/);
});

test('problem details become an error with its fields', async () => {
  const { call } = serving(response(400, { title: 'Refused', detail: 'Not so.', errors: [{ field: 'tags', message: 'x' }] }));
  await assert.rejects(call('POST', 'claim'), (error) => {
    assert.ok(error instanceof ApiError && !error.passing && !error.offline);
    assert.deepEqual([error.message, error.errors[0].field], ['Not so.', 'tags']);
    return true;
  });
});

test('an error page that is no JSON is still an error, and a server fault passes', async () => {
  const { call } = serving(new Response('<h1>Bad gateway</h1>', { status: 502 }));
  await assert.rejects(call('POST', 'claim'), { status: 502, passing: true });
});

test('a submission whose connection broke is sent again under the same key with the same body', async () => {
  const { seen, call } = serving(new TypeError('network'), response(503, {}), response(200, { state: 'submitted', next: null, ahead: null }));
  const waits = [];
  const reply = await createFeed({ call, pause: noPause }).submit('a1', annotation(5), (seconds) => waits.push(seconds));
  assert.equal(reply.state, 'submitted');
  assert.deepEqual(waits, [2, 4]);
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen.map((s) => s.headers['Idempotency-Key'])).size, 1);
  assert.deepEqual(seen[2].body, seen[0].body);
  assert.equal(seen[0].url, '/a/a1/submit');
});

test('pressing submit again with the same drawing is the same submission, though the clock went on', async () => {
  const { seen, call } = serving(new TypeError('network'), response(200, { next: null }));
  const feed = createFeed({ call, pause: { sleep: async () => feed.stop(), wake() {} } });
  await assert.rejects(feed.submit('a1', annotation(5)), { offline: true });
  await feed.submit('a1', annotation(9999));
  assert.equal(seen[1].headers['Idempotency-Key'], seen[0].headers['Idempotency-Key']);
  assert.deepEqual(seen[1].body, seen[0].body);
});

test('a changed drawing, or one that was refused, is a new submission', async () => {
  const { seen, call } = serving(response(400, {}), response(400, {}), response(200, { next: null }));
  const feed = createFeed({ call, pause: noPause });
  await assert.rejects(feed.submit('a1', annotation(1)), { status: 400 });
  await assert.rejects(feed.submit('a1', annotation(1)), { status: 400 });
  await feed.submit('a1', annotation(1, ['box']));
  assert.equal(new Set(seen.map((s) => s.headers['Idempotency-Key'])).size, 3);
});

test('the server may say how long to wait', async () => {
  const { call } = serving(response(429, {}, { 'Retry-After': '7' }), response(200, { next: null }));
  const waits = [];
  await createFeed({ call, pause: noPause }).submit('a1', annotation(1), (seconds) => waits.push(seconds));
  assert.deepEqual(waits, [7]);
});
