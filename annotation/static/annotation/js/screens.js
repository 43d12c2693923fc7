// What the workspace says: the cover (loading, no more work, errors), the banner, the problems, the toast, the status.

import { $, make } from './dom.js';

export function createScreens() {
  const root = $('workspace');
  let toastTimer = null;

  /** Without a picture there is nothing to choose or to submit. */
  const rest = (on) => {
    const parts = '.ws-side, .ws-tools, .ws-head [data-do="skip"], .ws-head [data-do="submit"]';
    for (const part of root.querySelectorAll(parts)) part.inert = on;
  };
  const buttons = (actions) => actions.map(({ text, run, href, main }) => {
    const looks = `ws-button${main ? ' ws-primary' : ''}`;
    if (href) return make('a', { class: looks, href }, text);
    const button = make('button', { type: 'button', class: looks }, text);
    button.addEventListener('click', run);
    return button;
  });

  return {
    screen: () => root.dataset.screen,
    /** Covers the picture; `name` is loading, none, no, program, error, lost or kept. */
    cover(name, { title, text = '', actions = [] }) {
      root.dataset.screen = name;
      rest(true);
      const [spinner, heading, paragraph, row] = $('cover').firstElementChild.children;
      spinner.hidden = name !== 'loading';
      heading.textContent = title;
      paragraph.textContent = text;
      row.replaceChildren(...buttons(actions));
      $('cover-note').textContent = '';
      if (name !== 'loading') (row.querySelector('.ws-primary') ?? row.firstElementChild)?.focus();
    },
    /** What goes on by itself behind the cover. */
    note(text) {
      $('cover-note').textContent = text;
    },
    /** While an answer is on its way the picture stays in view; only the button says so. */
    sending(on) {
      root.classList.toggle('sending', on);
      for (const button of document.querySelectorAll('[data-do="submit"]')) button.disabled = on;
    },
    work() {
      root.dataset.screen = 'work';
      rest(false);
      // Covering the picture took the focus from it: keys go on working where they did.
      if (document.activeElement === document.body && matchMedia('(pointer: fine)').matches) $('area').focus({ preventScroll: true });
    },
    banner(text, actions = []) {
      $('banner').hidden = !text;
      $('banner').children[0].textContent = text ?? '';
      $('banner').children[1].replaceChildren(...buttons(actions));
    },
    /** [{ text, id, at }]: each is a link to the shape or question it speaks of. */
    problems(list, go) {
      const box = $('problems');
      box.hidden = !list.length;
      if (!list.length) return;
      box.children[0].textContent = list.length === 1 ? 'One thing to put right' : `${list.length} things to put right`;
      box.children[1].replaceChildren(...list.map((problem) => {
        if (!problem.id && !problem.at) return make('li', {}, problem.text);
        const link = make('button', { type: 'button', class: 'ws-link' }, problem.text);
        link.addEventListener('click', () => go(problem));
        return make('li', {}, link);
      }));
      box.querySelector('button')?.focus();
    },
    toast(text, { good = false } = {}) {
      clearTimeout(toastTimer);
      $('toast').hidden = false;
      $('toast').textContent = text;
      $('toast').classList.toggle('good', good);
      toastTimer = setTimeout(() => {
        $('toast').hidden = true;
      }, 3500);
    },
    say(text) {
      $('live').textContent = '';
      requestAnimationFrame(() => {
        $('live').textContent = text;
      });
    },
  };
}
