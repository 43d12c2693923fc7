// The course of the work: claim, open, submit, skip, leave, and what happens when time or connection is lost.
// Nothing a worker drew is thrown away here unless the server has it or they said so.

import { dollars, micro } from './amounts.js';
import { createActivity, minutes } from './clock.js';
import { newest } from './drafts.js';
import { createLookout } from './lookout.js';
import { fromAnnotation, hasUnknown, linkErrors, problems, sameDrawing, toAnnotation } from './payload.js';
import { NOTES, NOTHING_LEFT, byProgramWords, isLoss, lossOf, turnedAway } from './refusals.js';

const KEPT = 'What you drew is kept on this device.';

export function createWork({
  config, store, feed, drafts, mirror, lease, images, camera, screens, dialogs, header, newId, go, onTask,
  watch = createLookout,
}) {
  const live = config.mode === 'label';
  const { exit, board } = config.urls;
  let task = null;
  let ahead = null; // only reserved: its picture is loaded, it is neither shown nor worked on before it is handed out
  let activity = null;
  let busy = false;
  let shown = null;
  let begun = null; // the annotation this picture was opened with

  const now = () => Date.now();
  const snapshot = () => toAnnotation(store.get().doc, task, activity.timing(now()));
  const leaveTo = { text: live ? 'Back to the job' : 'Back', href: exit };

  const lookout = watch({ look, tell: (state) => screens.note(NOTES[state]) });
  const keyOf = (reply) => (live ? reply.assignment : reply.image.url);
  const ACTIONS = {
    exit: leaveTo,
    read: { text: 'Read the instructions', href: `${exit}#instructions` },
    board: { text: 'Find other work', href: board },
    again: { text: 'Look again', run: claim },
    reload: { text: 'Sign in', run: () => location.reload() },
  };

  /** Nothing in hand: lets go of everything and says why. `actions` are names, the main one last. */
  function rest(name, { title, text, actions }) {
    task = ahead = null;
    lease.release();
    images.keep();
    const named = actions.map((action, i) => ({ ...ACTIONS[action], main: i === actions.length - 1 }));
    screens.cover(name, { title, text, actions: named });
  }

  function none() {
    if (live) {
      rest('none', NOTHING_LEFT);
      return lookout.start();
    }
    return rest('none', { title: 'No picture to show yet', text: 'Add pictures to the job, then look again.', actions: ['exit'] });
  }

  function failed(title, error, retry) {
    const text = error.offline ? `There is no connection to the server. ${task ? KEPT : ''}` : error.message;
    screens.cover('error', { title, text, actions: [leaveTo, ...(retry ? [{ text: 'Try again', run: retry, main: true }] : [])] });
  }

  /** Shapes that this page cannot draw are neither worked on nor left out of a draft: it says so and touches nothing. */
  function byProgram(mine = null) {
    task = mine;
    drafts.close({ drop: false });
    lease.release();
    const giving = mine && live ? [{ text: 'Leave the picture to others', run: giveBack }] : [];
    screens.cover('program', { ...byProgramWords(config.job.by_program ?? [], live), actions: [...giving, { ...leaveTo, main: true }] });
  }

  async function claim() {
    lookout.stop();
    if (config.job.by_program?.length) return byProgram();
    if (!config.urls.claim) return none();
    task = null;
    screens.cover('loading', { title: 'Getting the next picture…' });
    try {
      const next = await feed.claim();
      await (next ? open(next) : none());
    } catch (error) {
      if (!error.errors) throw error;
      const no = turnedAway(error);
      if (no) rest('no', no);
      else failed('No picture could be fetched', error, claim);
    }
  }

  /** One quiet look while nothing is left: the screen changes only when there is something to say. */
  async function look() {
    const next = await feed.claim().catch((error) => turnedAway(error) ?? null);
    if (!next || screens.screen() !== 'none') return;
    lookout.stop();
    if (next.assignment) await open(next);
    else rest('no', next);
  }

  /** The document to begin with: unfinished work, else what was labelled beforehand, else nothing. */
  function beginning(copy) {
    if (copy) return fromAnnotation(copy.annotation, task, newId);
    const given = Array.isArray(task.prelabels) ? { shapes: task.prelabels } : task.prelabels;
    return given ? fromAnnotation(given, task, newId) : undefined;
  }

  async function open(reply, following = null) {
    const { labels = [], tag_choice = 'any', shapes_at_most } = config.job, mine = { labels, tag_choice, shapes_at_most, ...reply };
    task = mine;
    ahead = following;
    const copies = live ? [mine.draft, mirror.read(mine.assignment)] : [mine.draft];
    if (copies.some((copy) => hasUnknown(copy?.annotation))) return byProgram(mine);
    screens.problems([]);
    screens.banner(null);
    screens.cover('loading', { title: 'Loading the picture…' });
    try {
      const image = await images.load(keyOf(mine), mine.image);
      if (task === mine) begin(image);
    } catch (error) {
      if (task !== mine) return;
      if (!(error instanceof DOMException)) throw error;
      screens.cover('error', {
        title: 'The picture could not be loaded',
        text: 'It may be the connection. If it stays like this, skip it.',
        // Asked for anew it comes under a fresh address: the old one is good for an hour or two only.
        actions: [
          ...(live ? [{ text: 'Skip it', run: skip }] : []),
          { text: 'Try again', run: live ? claim : () => open(reply), main: true },
        ],
      });
    }
  }

  function begin(image) {
    const copy = live ? newest(task.draft, mirror.read(task.assignment)) : (task.draft ?? null);
    begun = copy?.annotation ?? null;
    const spent = begun?.timing ?? {};
    activity = createActivity({ start: now(), active: spent.active_ms ?? 0, elapsed: spent.elapsed_ms ?? 0 });
    onTask(task);
    store.send({ type: 'open', task, doc: beginning(copy), readonly: config.mode === 'view' });
    header.task(task);
    screens.work();
    images.keep(keyOf(task), ahead && keyOf(ahead));
    camera.open(image, task.image);
    if (ahead) images.ahead(keyOf(ahead), ahead.image);
    lease.hold(task.assignment, live ? task.lease_expires_at : null);
    if (live) drafts.open({ assignment: task.assignment, revision: copy?.revision ?? 0, snapshot, unsaved: copy?.from === 'device' });
    if (task.note) screens.banner(`The requester sent this back to you: “${task.note}”`, [{ text: 'Understood', run: () => screens.banner(null) }]);
    const known = config.job.instructions_version;
    if (known && task.instructions_version && known !== task.instructions_version) {
      screens.banner('The guidelines have changed since you opened this page.', [{ text: 'Show the new ones', run: () => location.reload() }]);
    }
    if (copy?.from === 'device') screens.toast('Your unfinished work is back');
    screens.say(shown ? 'Next picture' : 'Picture ready');
    shown = task.assignment;
  }

  function waiting(seconds, error) {
    const why = error.offline ? 'No connection.' : 'The server is busy.';
    const actions = [{ text: 'Send now', run: feed.retryNow }, { text: 'Keep working', run: feed.stop }];
    screens.banner(`${why} ${KEPT} Sending again in ${seconds} s.`, actions);
  }

  function lost(error) {
    const { title, kept } = lossOf(error);
    drafts.close({ drop: kept });
    lease.release();
    const actions = [leaveTo, { text: 'Next picture', run: claim, main: true }];
    screens.banner(null);
    screens.cover(kept ? 'kept' : 'lost', { title, text: kept ? error.message : `${error.message} ${KEPT}`, actions });
  }

  function refused(error) {
    if (isLoss(error)) return lost(error);
    screens.banner(null);
    if (error.errors.length) return screens.problems(linkErrors(error.errors, store.get().doc), go);
    const again = [{ text: 'Try again', run: submit }];
    if (error.passing) return screens.banner(`Not sent yet. ${KEPT}`, again);
    const signedOut = error.status === 401 || error.status === 403;
    const how = signedOut ? ` If you are signed out, sign in from another tab, then try again. ${KEPT}` : '';
    return screens.banner(`${error.message}${how}`, again);
  }

  async function accepted({ next, ahead: following }) {
    header.earned(task.reward);
    screens.toast(`Submitted. +${dollars(micro(task.reward))}${config.job.pays_shapes ? ' and your shapes' : ''} pending`, { good: true });
    screens.banner(null);
    drafts.close();
    lease.release();
    await (next ? open(next, following) : claim()); // asked for anew, the server says why there is none
  }

  function tried() {
    const { active_ms: spent } = activity.timing(now());
    if (config.urls.timed) feed.timed(spent).catch(() => {}); // a time that is lost says nothing, and that is fine
    const more = config.urls.claim ? { text: 'Next picture', run: claim } : { text: 'Once more', run: () => open(config.first) };
    screens.cover('none', {
      title: 'That is a complete answer',
      text: `It took ${minutes(spent)} of work. This is a preview: no answer is kept, nobody is paid. Your time on three images tells workers what the job pays an hour.`,
      actions: [leaveTo, { ...more, main: true }],
    });
  }

  /** An answer that is given once: adopted as a requester's own, or marked. The page goes on, or back to where it came from. */
  async function decide() {
    screens.sending(true);
    try {
      await feed.decide({ ...config.decision, annotation: snapshot() });
      location.assign(config.urls.done ?? exit);
    } catch (error) {
      if (!error.errors) throw error;
      if (error.errors.length) refused(error);
      else screens.banner(error.message, [leaveTo, { text: 'Try again', run: submit }]);
    } finally {
      screens.sending(false);
    }
  }

  async function submit() {
    if (busy || screens.screen() !== 'work' || config.mode === 'view') return;
    activity.touch(now());
    const found = problems(store.get().doc, task);
    screens.problems(found, go);
    if (found.length) return screens.say(found[0].text);
    if (config.mode === 'decide') return decide();
    if (!live) return tried();
    const mine = task;
    busy = true;
    store.send({ type: 'readonly', value: true });
    screens.sending(true);
    try {
      await accepted(await feed.submit(mine.assignment, snapshot(), waiting));
    } catch (error) {
      if (!error.errors) throw error;
      refused(error);
    } finally {
      busy = false;
      screens.sending(false);
      if (task === mine) store.send({ type: 'readonly', value: false });
    }
  }

  async function skip() {
    if (busy || !task || !live) return;
    const reason = await dialogs.skip();
    if (reason === null) return;
    screens.cover('loading', { title: 'Getting the next picture…' });
    try {
      const reply = await feed.skip(task.assignment, reason);
      drafts.close();
      lease.release();
      await (reply?.next ? open(reply.next) : claim());
    } catch (error) {
      if (isLoss(error)) lost(error);
      else failed('The picture could not be skipped', error, () => open(task, ahead));
    }
  }

  async function giveBack() {
    images.keep(keyOf(task));
    try {
      await feed.giveBack(task.assignment);
      drafts.close();
    } catch { /* the lease ends by itself */ }
    location.assign(exit);
  }

  async function leave() {
    if (!live || !task) return location.assign(exit);
    drafts.flush();
    const choice = await dialogs.ask('leave');
    if (choice === 'cancel') return undefined;
    if (choice === 'give_back') return giveBack();
    await drafts.flush();
    return location.assign(exit);
  }

  /** The draft was saved from elsewhere: ask whose work goes on. The refusal carries what is stored. */
  async function conflict({ body: theirs }) {
    const mine = task;
    // The last save before a reload may arrive after the page did: that is our own work, not another window's.
    const ours = [begun, snapshot()].some((known) => sameDrawing(known, theirs.annotation, task));
    if (ours || await dialogs.ask('conflict') !== 'theirs') return task === mine && drafts.rebase(theirs.revision);
    mirror.drop(mine.assignment);
    return open({ ...mine, draft: { revision: theirs.revision, annotation: theirs.annotation } }, ahead);
  }

  return {
    start: () => (config.first ? open(config.first) : claim()),
    submit, skip, leave, giveBack, conflict, lost,
    touch: () => activity?.touch(now()),
    lastActive: () => activity?.lastAt() ?? 0,
    over: () => screens.banner(
      'The time for this picture is over. You can still submit: it counts if nobody else has taken its place.',
      [{ text: 'Ask for more time', run: lease.extend }],
    ),
    gone(error) {
      const next = { text: 'Next picture', run: claim };
      const actions = lossOf(error).submittable ? [{ text: 'Submit anyway', run: submit }, next] : [next];
      screens.banner(`This picture is no longer held for you. ${error.message} ${KEPT}`, actions);
    },
  };
}
