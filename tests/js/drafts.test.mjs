import assert from 'node:assert/strict';
import test from 'node:test';
import { createDrafts, createMirror, newest } from '../../annotation/static/annotation/js/drafts.js';

const day = 24 * 3600 * 1000;
function memory(limit = Infinity) {
  const kept = new Map();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, value) {
      if (value.length > limit) throw new Error('QuotaExceededError');
      kept.set(key, value);
    },
    removeItem: (key) => kept.delete(key),
    key: (i) => [...kept.keys()][i] ?? null,
    get length() { return kept.size; },
  };
}
/** Drafts over a fake server; `tick()` lets the pending timer ring. */
function desk(call) {
  const states = [];
  let ring = null;
  const storage = memory();
  const mirror = createMirror(storage, () => 1);
  const drafts = createDrafts({ call, mirror, onState: (state) => states.push(state), setTimer: (f) => { ring = f; return 1; }, clearTimer: () => { ring = null; } });
  const work = { n: 0 };
  drafts.open({ assignment: 'a1', revision: 3, snapshot: () => ({ n: work.n }) });
  return { drafts, states, mirror, work, tick: () => ring?.(), ringing: () => Boolean(ring) };
}
const failing = (status, passing, body = {}) => Object.assign(new Error('no'), { status, passing, body });

test('changes are saved once, after a pause, on top of the revision they began with', async () => {
  const sent = [];
  const d = desk(async (method, name, { body }) => { sent.push([method, name, body]); return { revision: body.revision + 1 }; });
  for (d.work.n = 1; d.work.n < 4; d.work.n += 1) d.drafts.changed();
  await d.tick();
  assert.deepEqual(sent, [['PUT', 'draft', { annotation: { n: 4 }, revision: 3 }]]);
  assert.equal(d.states.at(-1), 'saved');
  assert.equal(d.mirror.read('a1').revision, 4);
  assert.equal(d.mirror.read('a1').unsaved, false);
});

test('a change is on this device before it is sent', () => {
  const d = desk(() => new Promise(() => {}));
  d.work.n = 7;
  d.drafts.changed();
  assert.deepEqual(d.mirror.read('a1'), { revision: 3, annotation: { n: 7 }, unsaved: true, at: 1 });
});

test('what changed while a save was on its way is saved next', async () => {
  const answers = [];
  const sent = [];
  const d = desk((method, name, { body }) => { sent.push(body); return new Promise((resolve) => answers.push(resolve)); });
  d.drafts.changed();
  const first = d.tick();
  d.work.n = 2;
  d.drafts.changed();
  answers[0]({ revision: 4 });
  await first;
  assert.equal(d.drafts.unsaved(), true);
  d.tick();
  assert.deepEqual(sent[1], { annotation: { n: 2 }, revision: 4 });
});

test('without a connection the draft is kept here and tried again', async () => {
  const d = desk(async () => { throw failing(0, true); });
  d.drafts.changed();
  await d.tick();
  assert.equal(d.states.at(-1), 'kept');
  assert.ok(d.ringing() && d.mirror.read('a1').unsaved);
});

test('a draft saved elsewhere is a conflict; keeping ours goes on from their revision', async () => {
  const sent = [];
  const d = desk(async (method, name, { body }) => { sent.push(body.revision); if (body.revision === 3) throw failing(409, false, { revision: 8 }); return { revision: body.revision + 1 }; });
  d.drafts.changed();
  await d.tick();
  assert.equal(d.states.at(-1), 'conflict');
  await d.drafts.rebase(8);
  assert.deepEqual(sent, [3, 8]);
  assert.equal(d.states.at(-1), 'saved');
});

test('a conflict can be settled at the moment it is told', async () => {
  const sent = [];
  let drafts = null;
  const call = async (method, name, { body }) => {
    sent.push(body.revision);
    if (body.revision === 3) throw failing(409, false, { revision: 8 });
    return { revision: body.revision + 1 };
  };
  let settled = null;
  const onState = (state, error) => { if (state === 'conflict') settled = drafts.rebase(error.body.revision); };
  drafts = createDrafts({ call, mirror: createMirror(memory()), onState, setTimer: () => 1, clearTimer: () => {} });
  drafts.open({ assignment: 'a1', revision: 3, snapshot: () => ({}) });
  drafts.changed();
  await drafts.flush();
  await settled;
  assert.deepEqual(sent, [3, 8]);
});

test('a draft of a picture that is no longer held is refused, which is no conflict of drafts', async () => {
  const d = desk(async () => { throw failing(409, false, { state: 'expired' }); });
  d.drafts.changed();
  await d.tick();
  assert.equal(d.states.at(-1), 'refused');
  assert.ok(d.mirror.read('a1').unsaved);
});

test('an answer that is in leaves no draft behind, and its late reply changes nothing', async () => {
  let answer;
  const d = desk(() => new Promise((resolve) => { answer = resolve; }));
  d.drafts.changed();
  const saving = d.tick();
  d.drafts.close();
  answer({ revision: 4 });
  await saving;
  assert.equal(d.mirror.read('a1'), null);
  assert.equal(d.states.at(-1), 'clean');
});

test('the newer copy is opened: ours when the server never saw it', () => {
  const server = { revision: 5, annotation: 'server' };
  assert.equal(newest(server, null).from, 'server');
  assert.equal(newest(null, null), null);
  assert.deepEqual(newest(server, { revision: 5, annotation: 'mine', unsaved: true }), { revision: 5, annotation: 'mine', from: 'device' });
  assert.equal(newest(server, { revision: 4, annotation: 'mine', unsaved: true }).from, 'server');
  assert.equal(newest(server, { revision: 5, annotation: 'mine', unsaved: false }).from, 'server');
  assert.deepEqual(newest(null, { annotation: 'mine' }), { revision: 0, annotation: 'mine', from: 'device' });
});

test('copies are forgotten after two weeks; other people\'s keys are left alone', () => {
  const storage = memory();
  createMirror(storage, () => 0).write('old', { annotation: 1 });
  createMirror(storage, () => 10 * day).write('new', { annotation: 1 });
  storage.setItem('theirs', 'x');
  storage.setItem('tally:draft:broken', '{');
  createMirror(storage, () => 15 * day).sweep();
  assert.deepEqual([...storage.kept.keys()], ['tally:draft:new', 'theirs']);
});

test('a full disk or a private window only means that there is no copy', () => {
  const full = createMirror(memory(3));
  assert.equal(full.write('a', { annotation: 'long' }), false);
  assert.equal(full.read('a'), null);
  assert.equal(createMirror(null).read('a'), null);
});
