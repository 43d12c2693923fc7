// The header: what the picture pays, what this session has brought, the time left, and where the draft is.

import { dollars, micro } from './amounts.js';
import { minutes } from './clock.js';
import { $ } from './dom.js';

const DRAFT = {
  clean: '', unsaved: 'Not saved yet', saving: 'Saving…', saved: 'Draft saved', kept: 'Kept on this device',
  conflict: 'Changed elsewhere', refused: 'Draft not saved', trial: '',
};

export function createHeader({ job, storage }) {
  const key = `tally:session:${job.id ?? location.pathname}`;
  let session = { count: 0, amount: 0 };
  try {
    session = JSON.parse(storage.getItem(key)) ?? session;
  } catch { /* counted from this page on */ }

  const fact = (name, text) => {
    $(name).parentElement.hidden = !text;
    $(name).textContent = text;
  };
  const showSession = () => fact('session', session.count ? `${session.count} · ${dollars(session.amount)}` : '');

  $('job-title').textContent = job.title ?? 'Workspace';
  showSession();
  return {
    task(task) {
      fact('reward', task.reward ? job.pay ?? dollars(micro(task.reward)) : '');
      $('job-note').textContent = task.note ?? '';
    },
    earned(reward) {
      session = { count: session.count + 1, amount: session.amount + micro(reward) };
      storage.setItem(key, JSON.stringify(session));
      showSession();
    },
    lease(lease) {
      fact('time', lease ? minutes(lease.left) : '');
      $('time').parentElement.dataset.phase = lease?.phase ?? 'calm';
    },
    draft(state) {
      $('draft-state').dataset.state = state;
      $('draft-state').textContent = DRAFT[state] ?? '';
    },
  };
}
