// Pure: what a worker is told when the hand-out says no. `actions` are names, the main one last: exit (the job's page),
// read (its instructions), board (other jobs), again, next, reload.

const ENDED = 'No more pictures are handed out. What you have submitted is judged and paid as usual.';

const BY_JOB = {
  paused: {
    title: 'This job is paused',
    text: 'The requester has stopped handing out pictures for now. What you have submitted is judged and paid as usual.',
    actions: ['again', 'exit'],
  },
  closing: { title: 'This job is finished', text: ENDED, actions: ['exit', 'board'] },
  closed: { title: 'This job is finished', text: ENDED, actions: ['exit', 'board'] },
};

// Where no text is given, the server's own is said: it knows the figures.
const BY_REASON = {
  paused_after_skips: {
    title: 'You skipped several pictures in a row',
    text: 'The instructions may answer what made you skip. Read them again; you can go on from there.',
    actions: ['exit', 'read'],
  },
  daily_cap: { title: 'That is all for today', actions: ['exit', 'board'] },
  share_cap: { title: 'You have given your share of this job', actions: ['exit', 'board'] },
  blocked: {
    title: 'You cannot work on this job',
    text: 'None of its pictures are handed out to you. What you have submitted is judged and paid as usual.',
    actions: ['board'],
  },
  not_invited: { title: 'This job is for invited people', actions: ['board'] },
};

export const NOTHING_LEFT = {
  title: 'No more pictures for now',
  text: 'You have answered everything this job has for you. New places may open while others work.',
  actions: ['again', 'exit'],
};

/** The screen for a refused claim, or null when the error is no decision: then one may try again. */
export function turnedAway(error) {
  if (error.passing) return null;
  if (error.status === 401) {
    return { title: 'You are signed out', text: 'Sign in again to go on.', actions: ['exit', 'reload'] };
  }
  const { reason, state } = error.body ?? {};
  const known = (reason === 'job_not_open' && BY_JOB[state]) || BY_REASON[reason];
  if (known) return { ...known, text: known.text ?? error.message };
  return reason ? { title: 'No picture for you here', text: error.message, actions: ['again', 'exit'] } : null;
}

const LOST = {
  assignment_expired: 'Your time for this picture ran out',
  assignment_skipped: 'You skipped this picture',
  assignment_given_back: 'You gave this picture back',
  assignment_cancelled: 'The job ended before this was submitted',
  already_answered: 'You have answered this picture already',
  assignment_submitted: 'You have answered this picture already',
};

// The answer came after its time and is kept, though it does not count.
const KEPT = {
  place_given_on: 'It came late, but your answer is kept',
  image_given_again: 'You were given this picture again',
  place_withdrawn: 'The job ended before this came',
  late_beyond_cap: 'You have taken on your share of this job',
};

/** Whether an error says that the picture is no longer held, whatever else is right. */
export const isLoss = (error) => [404, 409, 410].includes(error.status);

/** What became of the picture: { title, kept: the server has the answer, submittable: sending it may still help }. */
export function lossOf(error) {
  const reason = error.body?.reason;
  if (KEPT[reason]) return { title: KEPT[reason], kept: true, submittable: false };
  // A lease that ran out may still be free: only the server knows, at the moment the answer comes.
  return { title: LOST[reason] ?? 'This picture is no longer yours', kept: false, submittable: reason === 'assignment_expired' };
}

/** What is said while the page looks for a picture again by itself. */
export const NOTES = {
  looking: 'This page looks again by itself every 30 seconds.',
  over: 'This page has stopped looking by itself.',
};

/** Why a job, or a picture's draft, cannot be worked on here. `names`: labels this page has no tool for. */
export function byProgramWords(names, live) {
  const what = names.length
    ? `${names.join(', ')}: not to be answered on this page yet.`
    : 'Its draft has shapes this page cannot draw yet. The draft stays as it is.';
  const text = `${what} ${live ? 'Answers that a program sends over the API count and are paid like any other.' : ''}`;
  return { title: 'This job’s shapes are submitted by program for now', text };
}
