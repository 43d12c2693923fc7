// Feeds the armed tool, from whatever moves it: mouse, finger, pen or keyboard cursor. Also what a person hears of it.

import { nameOf } from './shapes.js';
import { TOOLS } from './tools.js';

export function createDriver({ store, camera, newId, say }) {
  function step(type, p) {
    const state = store.get();
    const tool = TOOLS.get(state.tool);
    if (!tool?.step || state.readonly || !state.label) return;
    const result = tool.step(state.draft, { type, p }, { k: camera.view().k, image: state.task.image });
    if (result.commit) {
      const shape = { id: newId(), label: state.label, attributes: {}, ...result.commit };
      store.send({ type: 'add', shape });
      say(`${nameOf(shape, state.doc.shapes.length)} added`);
    } else if (result.dropped) {
      store.send({ type: 'draft', draft: null });
      say('Too small, not added');
    } else if (result.draft !== state.draft) {
      store.send({ type: 'draft', draft: result.draft });
      if (result.draft && !state.draft && !result.draft.held) say('First corner set');
    }
  }
  return {
    step,
    drawing: () => Boolean(TOOLS.get(store.get().tool)?.step) && !store.get().readonly,
    /** The keyboard's click: press and release at one point. */
    click(p) {
      step('down', p);
      step('up', p);
      if (store.get().draft) say('First corner set. Move to the opposite one and press Enter.');
    },
  };
}
