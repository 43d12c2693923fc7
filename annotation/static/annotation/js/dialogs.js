// Modal dialogs are plain <dialog> forms in the page; each ask() resolves with the value of the button that closed it.

import { $, make } from './dom.js';
import { helpRows } from './keys.js';

const SINGLES = 'tally:single-keys';
const mac = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform ?? navigator.platform ?? '');

export function createDialogs(storage) {
  let singles = storage.getItem(SINGLES) !== 'off';

  for (const key of document.querySelectorAll('.ws-mod')) if (mac) key.textContent = key.textContent.replace('Ctrl', '⌘');
  $('single-keys').checked = singles;
  $('single-keys').addEventListener('change', ({ target }) => {
    singles = target.checked;
    storage.setItem(SINGLES, singles ? 'on' : 'off');
  });

  function ask(name) {
    const dialog = $(`dialog-${name}`);
    if (dialog.open) return new Promise(() => {});
    dialog.returnValue = 'cancel'; // Escape leaves it so
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true });
    });
  }

  return {
    ask,
    close: (name) => $(`dialog-${name}`).open && $(`dialog-${name}`).close('cancel'),
    isOpen: (name) => $(`dialog-${name}`).open,
    singles: () => singles,
    help() {
      if (!$('keys').childElementCount) {
        $('keys').append(...helpRows(mac).map(([group, rows]) => make('section', {}, make('h3', {}, group),
          make('dl', {}, ...rows.map(([keys, text]) => make('div', {}, make('dt', {}, make('kbd', {}, keys)), make('dd', {}, text)))))));
      }
      return ask('help');
    },
    /** The reason to skip, as a short text, or null when the worker stays. */
    async skip() {
      const form = $('dialog-skip').querySelector('form');
      form.reset();
      if (await ask('skip') !== 'ok') return null;
      const note = form.elements.note.value.trim();
      return note ? `${form.elements.reason.value}: ${note}` : form.elements.reason.value;
    },
  };
}
