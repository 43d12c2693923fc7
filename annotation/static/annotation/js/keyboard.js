// Keys: commands from the key map, and the arrows, which nudge what is selected or move a cursor that draws.

import { clampPoint } from './geometry.js';
import { arrow, command } from './keys.js';
import { kindOf, nameOf } from './shapes.js';
import { selectedShape } from './store.js';
import { cursorStep } from './tools.js';

const FIELDS = 'textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button])';

export function createKeyboard({ area, store, camera, view, driver, pointer, run, say, singles, onActivity }) {
  let cursor = null; // image point, while the keyboard draws
  let repeats = 0;
  let leaving = false; // Esc was pressed: the next Tab leaves the drawing area

  function setCursor(point) {
    cursor = point;
    area.classList.toggle('cursor', Boolean(point));
    view.cross(point);
    if (!point) return;
    camera.reveal([...point, 0, 0]);
    driver.step('move', point);
  }

  function nudge(event, [dx, dy]) {
    const state = store.get();
    const shape = selectedShape(state);
    const n = event.shiftKey ? 10 : 1;
    if (shape && !driver.drawing()) {
      const kind = kindOf(shape);
      const change = event.altKey ? kind.grow : kind.move;
      store.send({ type: 'replace', shape: change(shape, dx * n, dy * n, state.task.image), merge: event.repeat });
      camera.reveal(kind.bounds(selectedShape(store.get()) ?? shape));
    } else if (driver.drawing() && !event.altKey) {
      repeats = event.repeat ? repeats + 1 : 0;
      const far = cursorStep({ k: camera.view().k, repeats, shift: event.shiftKey });
      const [x, y] = cursor ?? camera.centre();
      setCursor(clampPoint([x + dx * far, y + dy * far], state.task.image));
    } else if (!event.altKey) camera.pan(camera.view(), -dx * n * 12, -dy * n * 12);
  }

  const own = {
    place() {
      if (!driver.drawing()) return;
      if (!cursor) setCursor(camera.centre());
      else driver.click(cursor);
    },
    cancel() {
      const state = store.get();
      leaving = true;
      pointer.abandon();
      if (state.draft) store.send({ type: 'draft', draft: null });
      else if (state.selected) store.send({ type: 'select', id: null });
      else setCursor(null);
      say('Cancelled. Tab leaves the drawing area.');
    },
    next(by) {
      const { doc, selected } = store.get();
      const at = doc.shapes.findIndex((shape) => shape.id === selected);
      const next = at < 0 ? (by > 0 ? 0 : doc.shapes.length - 1) : (at + by + doc.shapes.length) % doc.shapes.length;
      setCursor(null);
      store.send({ type: 'select', id: doc.shapes[next].id });
      camera.reveal(kindOf(doc.shapes[next]).bounds(doc.shapes[next]));
      say(`${nameOf(doc.shapes[next], next)} of ${doc.shapes.length}`);
    },
  };

  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    onActivity();
    const inArea = event.target === area;
    const typing = Boolean(event.target.matches?.(FIELDS));
    if (event.key === ' ' && (inArea || event.target === document.body)) {
      event.preventDefault();
      return pointer.setSpace(true);
    }
    const direction = inArea && store.get().task ? arrow(event) : null;
    if (direction) {
      event.preventDefault();
      return nudge(event, direction);
    }
    const found = command(event, { inArea, typing, singles: singles() });
    if (!found) return;
    const [name, argument] = found;
    if (name === 'next' && (leaving || !store.get().doc.shapes.length)) return; // the browser's own Tab
    leaving = false;
    event.preventDefault();
    (own[name] ?? run[name])?.(argument);
  });
  window.addEventListener('keyup', (event) => {
    if (event.key === ' ') pointer.setSpace(false);
  });
  area.addEventListener('focus', () => {
    leaving = false;
  });
  area.addEventListener('blur', () => {
    pointer.setSpace(false);
    setCursor(null);
  });
  area.addEventListener('pointermove', (event) => {
    if (cursor && (event.movementX || event.movementY)) {
      cursor = null;
      area.classList.remove('cursor');
    }
  });
}
