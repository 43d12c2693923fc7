// Claims, submits, skips, gives back. A submission whose connection broke is sent again under the same key with the
// same body, so that it counts once however often it arrives.

import { newKey } from './api.js';

const PAUSES = [2, 4, 8, 15, 30]; // seconds between tries; the last one repeats

/** What a submission is remembered by: the drawing, not the clock. */
const fingerprint = (annotation) => JSON.stringify({ ...annotation, timing: null });

/** A sleep that `wake` ends early. */
export function createSleep(setTimer = (f, ms) => setTimeout(f, ms)) {
  let wake = () => {};
  return {
    sleep: (ms) => new Promise((resolve) => {
      wake = resolve;
      setTimer(resolve, ms);
    }),
    wake: () => wake(),
  };
}

export function createFeed({ call, pause = createSleep(), key = newKey }) {
  let pending = null; // { assignment, print, body, key }: the submission that has had no answer yet
  let stopped = false;

  /** Sends until there is an answer or `stop()`; `onWait(seconds, error)` is told before each pause. */
  async function persist(send, onWait) {
    stopped = false;
    for (let tries = 0; ; tries += 1) {
      try {
        return await send();
      } catch (error) {
        if (!error.passing || stopped) throw error;
        const seconds = error.retryAfter ?? PAUSES[Math.min(tries, PAUSES.length - 1)];
        onWait(seconds, error);
        await pause.sleep(seconds * 1000);
        if (stopped) throw error;
      }
    }
  }

  return {
    claim: () => call('POST', 'claim'),

    async submit(assignment, annotation, onWait = () => {}) {
      const print = fingerprint(annotation);
      if (pending?.assignment !== assignment || pending.print !== print) {
        pending = { assignment, print, body: { annotation, next: true }, key: key() };
      }
      const { body, key: same } = pending;
      const reply = await persist(() => call('POST', 'submit', { assignment, body, key: same }), onWait).catch((error) => {
        if (!error.passing) pending = null; // it was answered: a corrected answer is a new submission
        throw error;
      });
      pending = null;
      return reply;
    },
    skip: (assignment, reason) => call('POST', 'skip', { assignment, body: { reason } }),
    giveBack: (assignment) => call('POST', 'give_back', { assignment }),
    renew: (assignment) => call('POST', 'renew', { assignment }),
    decide: (body) => call('POST', 'decide', { body }),
    timed: (spent) => call('POST', 'timed', { body: { active_ms: spent } }),
    retryNow: () => pause.wake(),
    stop() {
      stopped = true;
      pause.wake();
    },
  };
}
