// The course of the work, with everything around it replaced by notes of what was asked of it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError } from '../../annotation/static/annotation/js/api.js';
import { createStore } from '../../annotation/static/annotation/js/store.js';
import { createWork } from '../../annotation/static/annotation/js/work.js';
import { taskOf } from './world.mjs';

const handed = (assignment) => taskOf(undefined, {
  assignment, image: { url: `/${assignment}`, width: 640, height: 480 }, draft: null, lease_expires_at: '2026-03-02T09:30:00Z',
});
const refused = (status, reason, more = {}) => new ApiError({ status, detail: 'The server says why.', body: { reason, ...more } });
const lazily = (notes, name) => (...args) => void notes.push([name, ...args]);

/** A workspace whose server gives `claims` and `submits` in turn; an Error is a refusal. */
function desk({ claims = [], submits = [], dialogs = {}, job = {}, first = handed('a1'), mirror = { read: () => null } } = {}) {
  const notes = [];
  const note = (name) => lazily(notes, name);
  const turn = (list) => async () => {
    const answer = list.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const store = createStore();
  let [screen, shown, look] = ['loading', null, null];
  const work = createWork({
    config: { mode: 'label', urls: { claim: '/claim', exit: '/job/', board: '/work/' }, job, first },
    store,
    feed: { claim: turn(claims), submit: turn(submits), skip: async () => ({}), giveBack: async () => {} },
    drafts: { open: note('drafts.open'), close: ({ drop = true } = {}) => notes.push(['drafts.close', drop]), flush: async () => {} },
    mirror,
    lease: { hold: note('hold'), release: note('release'), extend() {} },
    images: { load: async () => ({}), keep: note('keep'), ahead: (key) => notes.push(['ahead', key]) },
    camera: { open: note('camera') },
    screens: {
      screen: () => screen,
      cover(name, said) {
        [screen, shown] = [name, said];
      },
      work() {
        [screen, shown] = ['work', null];
      },
      banner: (text, actions = []) => text && notes.push(['banner', text, actions.map((action) => action.text)]),
      problems() {}, toast() {}, say() {}, sending() {}, note: note('note'),
    },
    dialogs: { skip: async () => 'unclear', ask: async () => 'cancel', ...dialogs },
    header: { task() {}, earned: note('earned') },
    newId: () => 's1', go() {}, onTask() {},
    watch: (lookout) => {
      look = lookout.look;
      return { start: () => lookout.tell('looking'), stop() {} };
    },
  });
  const ready = async () => {
    await work.start();
    store.send({ type: 'empty', value: true });
    notes.length = 0;
  };
  const named = (name) => notes.filter(([which]) => which === name);
  return { work, ready, notes, named, look: () => look(), screen: () => screen, shown: () => shown };
}
const texts = (actions) => actions.map((action) => action.text);

test('the next picture is shown, the one ahead is only loaded', async () => {
  const { work, ready, named, screen } = desk({ submits: [{ next: handed('a2'), ahead: handed('a3') }] });
  await ready();
  await work.submit();
  assert.equal(screen(), 'work');
  assert.deepEqual(named('hold').map(([, assignment]) => assignment), ['a2']);
  assert.deepEqual(named('drafts.open').map(([, { assignment }]) => assignment), ['a2']);
  assert.deepEqual(named('keep').at(-1), ['keep', 'a2', 'a3']);
  assert.deepEqual(named('ahead'), [['ahead', 'a3']]);
});

test('without a next picture the server is asked why, and what was loaded is let go', async () => {
  const { work, ready, named, screen, shown } = desk({
    submits: [{ next: null, ahead: null }], claims: [refused(409, 'daily_cap')],
  });
  await ready();
  await work.submit();
  assert.equal(screen(), 'no');
  assert.equal(shown().text, 'The server says why.');
  assert.deepEqual(texts(shown().actions), ['Back to the job', 'Find other work']);
  assert.deepEqual(named('keep').at(-1), ['keep']);
});

test('while nothing is left the page says that it looks again, and shows what it finds', async () => {
  const { work, ready, look, named, screen, shown } = desk({
    submits: [{ next: null, ahead: null }], claims: [null, null, new ApiError({}), handed('a2')],
  });
  await ready();
  await work.submit();
  assert.deepEqual(texts(shown().actions), ['Look again', 'Back to the job']);
  assert.match(named('note')[0][1], /looks again by itself/);
  await look();
  await look();
  assert.equal(screen(), 'none', 'neither another no nor a broken connection changes anything');
  await look();
  assert.equal(screen(), 'work');
});

test('a look that is refused for another reason says that reason', async () => {
  const { work, ready, look, shown } = desk({
    submits: [{ next: null, ahead: null }], claims: [null, refused(409, 'job_not_open', { state: 'closed' })],
  });
  await ready();
  await work.submit();
  await look();
  assert.equal(shown().title, 'This job is finished');
});

test('a late answer whose place was given on is told to be kept, and the next picture is offered', async () => {
  const { work, ready, named, screen, shown } = desk({ submits: [refused(409, 'place_given_on')] });
  await ready();
  await work.submit();
  assert.equal(screen(), 'kept');
  assert.equal(shown().text, 'The server says why.');
  assert.deepEqual(texts(shown().actions), ['Back to the job', 'Next picture']);
  assert.deepEqual(named('drafts.close'), [['drafts.close', true]], 'the server has it now');
  assert.deepEqual(named('earned'), []);
});

test('an answer the server does not have stays on this device', async () => {
  const { work, ready, named, screen, shown } = desk({ submits: [refused(409, 'assignment_expired')] });
  await ready();
  await work.submit();
  assert.equal(screen(), 'lost');
  assert.match(shown().text, /kept on this device/);
  assert.deepEqual(named('drafts.close'), [['drafts.close', false]]);
});

test('after too many skips the way leads back to the instructions', async () => {
  const { work, ready, shown } = desk({ claims: [refused(409, 'paused_after_skips')] });
  await ready();
  await work.skip();
  const read = shown().actions.at(-1);
  assert.deepEqual([read.text, read.href, read.main], ['Read the instructions', '/job/#instructions', true]);
});

test('a picture that is gone is offered for sending only where that may still help', async () => {
  const { work, ready, named } = desk();
  await ready();
  work.gone(refused(409, 'assignment_expired'));
  work.gone(refused(409, 'assignment_cancelled'));
  assert.deepEqual(named('banner').map(([, , actions]) => actions), [['Submit anyway', 'Next picture'], ['Next picture']]);
});

test('a job whose labels cannot be drawn here says so, takes no picture and touches no draft', async () => {
  const { work, named, screen, shown } = desk({ job: { by_program: ['roof', 'sky'] }, first: null, claims: [handed('a1')] });
  await work.start();
  assert.deepEqual([screen(), shown().title], ['program', 'This job’s shapes are submitted by program for now']);
  assert.match(shown().text, /^roof, sky: /);
  assert.deepEqual(texts(shown().actions), ['Back to the job']);
  assert.deepEqual([named('hold'), named('drafts.open'), named('drafts.close')], [[], [], [['drafts.close', false]]]);
});

test('a draft with shapes that cannot be drawn here is not opened, so that it is never saved without them', async () => {
  const roof = { shapes: [{ type: 'polygon', label: 'roof', segmentation: [[1, 1, 9, 1, 5, 9]] }] };
  const drafts = [
    { first: { ...handed('a1'), draft: { revision: 3, annotation: roof } } },
    { mirror: { read: () => ({ revision: 1, unsaved: true, annotation: roof }) } },
  ];
  for (const given of drafts) {
    const { work, named, screen, shown } = desk(given);
    await work.start();
    assert.equal(screen(), 'program');
    assert.match(shown().text, /The draft stays as it is\./);
    assert.deepEqual(texts(shown().actions), ['Leave the picture to others', 'Back to the job']);
    assert.deepEqual([named('hold'), named('drafts.open')], [[], []]);
  }
});

test('a person who decides sends their own answer with the decision and goes back to where they came from', async () => {
  const sent = [];
  const went = [];
  globalThis.location = { assign: (address) => went.push(address) };
  const { work, screens } = decider({ decide: async (body) => void sent.push(body) });
  await work.start();
  await work.submit();
  assert.equal(sent[0].decision, 'fix');
  assert.deepEqual(sent[0].annotation.shapes.map(({ bbox }) => bbox), [[1, 2, 3, 4]]);
  assert.deepEqual(went, ['/jobs/']);
  assert.equal(screens.length, 0);
});

test('what somebody decided first is told, and nothing drawn is lost', async () => {
  const { work, screens } = decider({ decide: async () => { throw refused(409, 'not_waiting'); } });
  await work.start();
  await work.submit();
  assert.equal(screens[0][0], 'The server says why.');
});

/** A workspace in which a requester draws what is right, beginning with somebody's answer. */
function decider({ decide }) {
  const nothing = () => {};
  const screens = [];
  const annotation = { schema: 1, shapes: [{ type: 'box', label: 'RBC', attributes: {}, bbox: [1, 2, 3, 4] }] };
  const first = { ...handed('none'), reward: null, draft: { revision: 0, annotation } };
  const work = createWork({
    config: { mode: 'decide', urls: { exit: '/jobs/' }, job: {}, first, decision: { decision: 'fix' } },
    store: createStore(),
    feed: { decide },
    drafts: { open: nothing, close: nothing },
    mirror: { read: () => null },
    lease: { hold: nothing, release: nothing },
    images: { load: async () => ({}), keep: nothing, ahead: nothing },
    camera: { open: nothing },
    screens: {
      screen: () => 'work', cover: nothing, work: nothing, problems: nothing, say: nothing, toast: nothing, note: nothing,
      sending: nothing, banner: (text, actions) => { if (text) screens.push([text, actions]); },
    },
    dialogs: {}, header: { task: nothing }, newId: () => 's1', go: nothing, onTask: nothing,
    watch: () => ({ start: nothing, stop: nothing }),
  });
  return { work, screens };
}
