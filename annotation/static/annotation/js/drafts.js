// Keeps unfinished work: on this device at once, on the server two seconds after the last change. Whichever is newer
// comes back when the picture is opened again.

const PREFIX = 'tally:draft:';
const KEEP = 14 * 24 * 3600 * 1000;

/** The copy on this device. Every failure (private window, full disk) only means that there is no copy. */
export function createMirror(storage, now = Date.now) {
  const guard = (action, otherwise = null) => {
    try {
      return action();
    } catch {
      return otherwise;
    }
  };
  return {
    read: (assignment) => guard(() => JSON.parse(storage.getItem(PREFIX + assignment))),
    write: (assignment, entry) => guard(() => {
      storage.setItem(PREFIX + assignment, JSON.stringify({ ...entry, at: now() }));
      return true;
    }, false),
    drop: (assignment) => guard(() => storage.removeItem(PREFIX + assignment)),
    /** Forgets what is older than two weeks. */
    sweep: () => guard(() => {
      const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter((k) => k?.startsWith(PREFIX));
      for (const key of keys) {
        const at = guard(() => JSON.parse(storage.getItem(key)).at, 0);
        if (!(now() - at < KEEP)) storage.removeItem(key);
      }
    }),
  };
}

/** Which copy to open: ours when it has work the server never saw, else the server's. */
export function newest(server, mirror) {
  if (!mirror?.annotation) return server ? { ...server, from: 'server' } : null;
  if (!server) return { revision: mirror.revision ?? 0, annotation: mirror.annotation, from: 'device' };
  if (mirror.unsaved && mirror.revision >= server.revision) {
    return { revision: server.revision, annotation: mirror.annotation, from: 'device' };
  }
  return { ...server, from: 'server' };
}

/**
 * Saves one assignment's draft. `onState` hears 'clean', 'unsaved', 'saving', 'saved', 'kept' (on this device only),
 * 'conflict' (saved elsewhere meanwhile) or 'refused'. `snapshot()` is the annotation as it is now.
 */
export function createDrafts({ call, mirror, onState, delay = 2000, setTimer = setTimeout, clearTimer = clearTimeout }) {
  let current = null; // { assignment, revision, snapshot, edits, saved }
  let timer = null;
  let running = null;

  const keep = (unsaved, annotation = current.snapshot()) =>
    mirror.write(current.assignment, { revision: current.revision, annotation, unsaved });

  function failed(mine, error) {
    if (mine !== current) return;
    // A conflict of drafts names the revision the server has; any other means that the picture is no longer held.
    if (error.status === 409 && Number.isInteger(error.body?.revision)) onState('conflict', error);
    else onState(error.passing ? 'kept' : 'refused', error);
    if (error.passing) schedule(delay * 5);
  }

  async function put(keepalive) {
    const mine = current;
    const [edits, annotation] = [mine.edits, mine.snapshot()];
    onState('saving');
    try {
      const body = { annotation, revision: mine.revision };
      const reply = await call('PUT', 'draft', { assignment: mine.assignment, body, keepalive });
      mine.revision = reply.revision;
      mine.saved = edits;
      if (mine !== current) return;
      keep(mine.edits !== edits);
      onState(mine.edits === edits ? 'saved' : 'unsaved');
      if (mine.edits !== edits) schedule(delay);
    } catch (error) {
      failed(mine, error);
    }
  }

  function flush({ keepalive = false } = {}) {
    clearTimer(timer);
    if (!current || current.saved === current.edits) return Promise.resolve();
    if (running) return running;
    running = put(keepalive).finally(() => {
      running = null;
    });
    return running;
  }

  function schedule(ms) {
    clearTimer(timer);
    timer = setTimer(() => flush(), ms);
  }

  return {
    open({ assignment, revision = 0, snapshot, unsaved = false }) {
      clearTimer(timer);
      current = { assignment, revision, snapshot, edits: unsaved ? 1 : 0, saved: 0 };
      onState(unsaved ? 'unsaved' : 'clean');
      if (unsaved) schedule(delay);
    },
    changed() {
      if (!current) return;
      current.edits += 1;
      keep(true);
      onState('unsaved');
      schedule(delay);
    },
    flush,
    /** After a conflict: ours goes on top of the revision the server has now. */
    async rebase(revision) {
      current.revision = revision;
      current.edits += 1;
      await running; // the refused save is still winding up when its conflict is told
      return flush();
    },
    /** Answered or skipped: nothing left to keep. */
    close({ drop = true } = {}) {
      clearTimer(timer);
      if (current && drop) mirror.drop(current.assignment);
      current = null;
      onState('clean');
    },
    unsaved: () => Boolean(current) && current.saved !== current.edits,
  };
}
