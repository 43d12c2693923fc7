// Starts the workspace: makes the parts and connects them. The rules are in the parts.

import { createApi } from './api.js';
import { createCamera } from './camera.js';
import { clockSkew } from './clock.js';
import { createDialogs } from './dialogs.js';
import { $, safeFragment, storage } from './dom.js';
import { createDrafts, createMirror } from './drafts.js';
import { createDriver } from './drive.js';
import { createFeed } from './feed.js';
import { createHeader } from './header.js';
import { createImages, tooCoarse } from './images.js';
import { createKeyboard } from './keyboard.js';
import { createLease } from './lease.js';
import { createPanels } from './panels.js';
import { createPointer } from './pointer.js';
import { isLoss } from './refusals.js';
import { createScreens } from './screens.js';
import { kindOf } from './shapes.js';
import { choices, createStore } from './store.js';
import { colours } from './svg.js';
import { createTags } from './tags.js';
import { createView } from './view.js';
import { createWork } from './work.js';

const config = JSON.parse($('workspace-config').textContent);
const root = $('workspace');
const area = $('area');
const stage = $('stage');
root.dataset.mode = config.mode;
if (config.mode === 'decide') for (const text of document.querySelectorAll('.ws-submit-text')) text.textContent = config.submit ?? 'Adopt this';

let skew = clockSkew(config.now, Date.now());
let colour = colours(config.job.labels ?? []);
let ids = 0;
const colourOf = (name) => colour(name);
const newId = () => `s${(ids += 1)}`;

const local = storage('localStorage');
const store = createStore();
const screens = createScreens();
const dialogs = createDialogs(local);
const images = createImages();
const header = createHeader({ job: config.job, storage: storage('sessionStorage') });
const mirror = createMirror(local);
const call = createApi({ urls: config.urls, csrf: config.csrf, onDate: (date) => { skew = clockSkew(date, Date.now()); } });
const feed = createFeed({ call });
const drafts = createDrafts({
  call, mirror,
  onState(state, error) {
    header.draft(state);
    if (state === 'conflict') work.conflict(error);
    if (state === 'refused' && isLoss(error)) work.gone(error);
  },
});
const view = createView({ svg: $('drawing'), chip: $('chip'), colourOf });
const camera = createCamera({
  area, stage,
  onMove(at) {
    view.place(at);
    $('zoom').textContent = `${Math.round(at.k * 100)} %`;
    sharpen(at.k);
  },
});
const driver = createDriver({ store, camera, newId, say: screens.say });
const touch = () => work.touch();
const pointer = createPointer({ area, store, camera, view, driver, onActivity: touch });
const lease = createLease({
  renew: feed.renew, length: (config.job.lease_seconds ?? 0) * 1000, now: () => Date.now() + skew, lastActive: () => work.lastActive() + skew,
  ask: async () => {
    const answer = await dialogs.ask('lease');
    if (answer === 'give_back') work.giveBack();
    return answer !== 'give_back';
  },
  onTick: (state) => {
    header.lease(state);
    $('lease-left').textContent = $('time').textContent;
    if (state?.phase === 'over' || !state) dialogs.close('lease');
  },
  onOver: () => work.over(), onLost: (error) => work.gone(error),
});

function reveal(id) {
  const shape = store.get().doc.shapes.find((s) => s.id === id);
  if (!shape) return;
  store.send({ type: 'select', id });
  camera.reveal(kindOf(shape).bounds(shape));
  togglePanel(false);
}
/** Zoomed in far enough, a large picture is shown with all its pixels instead of its smaller copy. */
function sharpen(k) {
  const { task } = store.get();
  if (!task || !tooCoarse(task.image, k * devicePixelRatio)) return;
  const show = (element) => store.get().task === task && camera.put(element);
  images.whole(task.image)?.then(show, () => {}); // the smaller copy stays, and the next zoom tries again
}
/** To the shape or question a problem speaks of. */
function go({ id, at }) {
  if (id) reveal(id);
  if (id) area.focus();
  else (at === 'tags' ? $('tags').querySelector('input') : $('empty')).focus();
}
function togglePanel(open = !root.classList.contains('panel-open')) {
  root.classList.toggle('panel-open', open);
  document.querySelector('[data-do="panel"]').setAttribute('aria-expanded', String(open));
}
function toggleGuide(open = $('guide').hidden) {
  $('guide').hidden = !open;
  root.classList.toggle('guide-open', open);
  document.querySelector('[data-do="guidelines"][aria-expanded]').setAttribute('aria-expanded', String(open));
}
/** With the first picture: before it there is nothing to be guided through. */
function guideOnce() {
  const seen = `tally:guide:${config.job.id ?? location.pathname}:${config.job.instructions_version ?? ''}`;
  if (config.mode !== 'label' || !$('guide-text').textContent.trim() || local.getItem(seen)) return;
  toggleGuide(true);
  local.setItem(seen, 'seen');
}
function look() {
  const [b, c] = [$('brightness').value, $('contrast').value];
  stage.style.filter = b === '100' && c === '100' ? '' : `brightness(${b}%) contrast(${c}%)`;
}
function onTask(task) {
  colour = colours(task.labels);
  for (const id of ['brightness', 'contrast']) $(id).value = 100;
  look();
  guideOnce();
}

const work = createWork({
  config, store, feed, drafts, mirror, lease, images, camera, screens, dialogs, header, newId, go, onTask,
});
const panels = createPanels({ store, colourOf, reveal });
const tags = createTags({ form: $('tags'), store, colourOf });

const run = {
  tool: (tool) => store.send({ type: 'tool', tool }),
  choose(index) {
    const { task, doc } = store.get();
    const choice = choices(task)[index];
    if (choice?.role === 'label') store.send({ type: 'label', name: choice.name });
    else if (choice) {
      const on = task.tag_choice === 'one' || !doc.tags.includes(choice.name);
      store.send({ type: 'tag', name: choice.name, on });
    }
    if (choice) screens.say(choice.name);
  },
  delete() {
    const { selected } = store.get();
    store.send({ type: 'delete', id: selected });
    if (selected) screens.say('Deleted');
  },
  undo() { store.send({ type: 'undo' }); screens.say('Undone'); },
  redo() { store.send({ type: 'redo' }); screens.say('Redone'); },
  zoom: (factor) => camera.zoom(Number(factor)),
  fit: camera.fit,
  hide: () => store.send({ type: 'hidden' }),
  lock: () => store.send({ type: 'locked' }),
  save: () => drafts.flush(),
  guidelines: () => toggleGuide(),
  help: dialogs.help,
  panel: () => togglePanel(),
  dismiss: () => screens.problems([]),
  plain() { for (const id of ['brightness', 'contrast']) $(id).value = 100; look(); },
  submit: work.submit, skip: work.skip, leave: work.leave,
};
const BACK_TO_AREA = new Set(['tool', 'undo', 'redo', 'delete', 'zoom', 'fit', 'hide', 'lock']);

root.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do], [data-label]');
  if (!button || button.disabled) return;
  touch();
  if (button.dataset.do) run[button.dataset.do](button.dataset.arg);
  // After a click with the mouse, Space and the arrows belong to the picture again, not to the button.
  if (event.detail > 0 && (button.dataset.label || BACK_TO_AREA.has(button.dataset.do))) area.focus({ preventScroll: true });
});
createKeyboard({
  area, store, camera, view, driver, pointer, run, say: screens.say, singles: dialogs.singles, onActivity: touch,
});

store.on((state, before) => {
  if (!state.task) return;
  if (before.tool !== state.tool) view.cross(null);
  view.render(state);
  panels.render(state, before);
  if (before.doc !== state.doc || before.task !== state.task || before.readonly !== state.readonly) tags.render(state);
  if (before.doc !== state.doc && before.task === state.task) {
    if (config.mode === 'label') drafts.changed();
    screens.problems([]);
  }
});
for (const id of ['brightness', 'contrast']) $(id).addEventListener('input', look);
const putAway = () => document.visibilityState === 'hidden' && drafts.flush({ keepalive: true });
document.addEventListener('visibilitychange', putAway);
window.addEventListener('online', () => { feed.retryNow(); drafts.flush(); });

$('guide-text').replaceChildren(safeFragment(config.job.instructions_html));
mirror.sweep();
work.start();
