// The questions about the whole picture: one choice (radio buttons), or each tag its own yes or no (check boxes).

import { make, swatch } from './dom.js';
import { choices, drawable, tagLabels } from './store.js';

export function createTags({ form, store, colourOf }) {
  let task = null;

  function build() {
    const labels = tagLabels(task);
    form.hidden = !labels.length;
    if (!labels.length) return form.replaceChildren();
    const one = task.tag_choice === 'one';
    const order = choices(task);
    const rows = labels.map(({ name }) => {
      const digit = order.findIndex((choice) => choice.role === 'tag' && choice.name === name) + 1;
      const input = make('input', { type: one ? 'radio' : 'checkbox', name: 'tag', value: name });
      const hint = digit <= 9 ? [make('kbd', { 'aria-hidden': 'true' }, String(digit))] : [];
      return swatch(make('label', { class: 'ws-option' }, input, make('span', {}, name), ...hint), colourOf(name));
    });
    const question = one ? 'The whole picture: choose one' : 'The whole picture: choose all that apply';
    if (!one && !drawable(task).length) {
      const input = make('input', { type: 'checkbox', name: 'none' });
      rows.push(make('label', { class: 'ws-option ws-none' }, input, make('span', {}, 'None of these')));
    }
    const options = make('div', { class: 'ws-options' }, ...rows);
    form.replaceChildren(make('fieldset', {}, make('legend', {}, question), options));
  }

  form.addEventListener('change', ({ target }) => {
    if (target.name === 'none') store.send({ type: 'empty', value: target.checked });
    else store.send({ type: 'tag', name: target.value, on: target.checked });
  });
  form.addEventListener('submit', (event) => event.preventDefault());

  return {
    render(state) {
      if (state.task !== task) {
        task = state.task;
        build();
      }
      for (const input of form.querySelectorAll('input')) {
        input.checked = input.name === 'none' ? state.doc.empty : state.doc.tags.includes(input.value);
        input.disabled = state.readonly;
        input.closest('label').classList.toggle('on', input.checked);
      }
    },
  };
}
