// Mouse, pen and fingers on the drawing area. One finger or button draws, selects or moves; two fingers, the middle
// button, Space or an empty place (with the selecting tool) move the picture.

import { distance } from './geometry.js';
import { hits, kindOf } from './shapes.js';
import { screenPoint } from './camera.js';

const REACH = { mouse: 6, pen: 10, touch: 16 }; // screen pixels around an outline that still mean it
const SLOP = { mouse: 3, pen: 5, touch: 8 }; // screen pixels before a press becomes a drag

export function createPointer({ area, store, camera, view, driver, onActivity }) {
  const fingers = new Map(); // pointerId -> screen point
  let gesture = null; // { kind, id, start, … } while something is held
  let space = false;
  let frame = 0;
  let latest = null;

  const reach = (event) => (REACH[event.pointerType] ?? 6) / camera.view().k;
  const hitsAt = (event) => {
    const { doc, hidden, locked } = store.get();
    return hidden || locked ? [] : hits(doc.shapes, camera.point(event), reach(event));
  };

  /** What was clicked; a second click at the same place takes the next one below. */
  function pick(event) {
    const found = hitsAt(event);
    const at = found.indexOf(store.get().selected);
    return { id: found[0] ?? null, again: at >= 0, next: found[(at + 1) % found.length] ?? null, current: found[at] };
  }

  function begin(event) {
    const start = screenPoint(area, event);
    const common = { id: event.pointerId, start, from: camera.view(), moved: false, type: event.pointerType };
    if (event.button === 1 || space) return { ...common, kind: 'pan' };
    if (driver.drawing()) {
      driver.step('down', camera.point(event));
      return { ...common, kind: 'draw' };
    }
    const state = store.get();
    const shape = state.doc.shapes.find((s) => s.id === state.selected);
    const handle = event.target.closest?.('[data-handle]')?.dataset.handle;
    const p = camera.point(event);
    if (handle && shape && !state.readonly) return { ...common, kind: 'handle', handle, shape, p };
    const picked = pick(event);
    if (picked.id === null) return { ...common, kind: 'pan', deselect: true };
    if (!picked.again) store.send({ type: 'select', id: picked.id });
    const id = picked.again ? picked.current : picked.id;
    const held = state.doc.shapes.find((s) => s.id === id);
    return { ...common, kind: state.readonly ? 'pan' : 'move', shape: held, p, next: picked.again ? picked.next : null };
  }

  function change(event) {
    const p = camera.point(event);
    const by = [p[0] - gesture.p[0], p[1] - gesture.p[1]];
    const { image } = store.get().task;
    const kind = kindOf(gesture.shape);
    return gesture.kind === 'move' ? kind.move(gesture.shape, ...by, image) : kind.dragHandle(gesture.shape, gesture.handle, by, image);
  }

  function drag(event) {
    const at = screenPoint(area, event);
    gesture.moved ||= distance(at, gesture.start) > (SLOP[gesture.type] ?? 3);
    if (gesture.kind === 'draw') driver.step('move', camera.point(event));
    else if (!gesture.moved) return;
    else if (gesture.kind === 'pan') camera.pan(gesture.from, at[0] - gesture.start[0], at[1] - gesture.start[1]);
    else store.send({ type: 'override', shape: change(event) });
  }

  function end(event) {
    const done = gesture;
    if (done.kind !== 'draw') drag(event); // the last move may still wait for its frame
    if (done.kind === 'draw') driver.step('up', camera.point(event));
    else if (done.kind === 'pan') {
      if (!done.moved && done.deselect) store.send({ type: 'select', id: null });
    } else if (done.moved) store.send({ type: 'replace', shape: change(event) });
    else if (done.next) store.send({ type: 'select', id: done.next });
    gesture = null;
  }

  /** Whatever was going on never happened: a second finger came down, or the system took the pointer away. */
  function abandon() {
    if (gesture?.kind === 'draw') driver.step('release', camera.centre());
    else if (gesture) store.send({ type: 'override', shape: null });
    gesture = null;
  }

  function startPinch() {
    abandon();
    gesture = { kind: 'pinch', from: camera.view(), before: [...fingers.values()].slice(0, 2) };
  }

  area.addEventListener('pointerdown', (event) => {
    area.focus({ preventScroll: true });
    onActivity();
    if (!store.get().task || event.button === 2) return;
    event.preventDefault();
    area.setPointerCapture(event.pointerId);
    if (event.pointerType === 'touch') fingers.set(event.pointerId, screenPoint(area, event));
    if (fingers.size === 2) return startPinch();
    if (gesture) return;
    gesture = begin(event);
    area.classList.toggle('dragging', gesture.kind === 'pan');
  });

  function onMove(event) {
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, screenPoint(area, event));
    if (gesture?.kind === 'pinch') {
      if (fingers.size >= 2) camera.pinch(gesture.from, gesture.before, [...fingers.values()].slice(0, 2));
    } else if (gesture) {
      if (gesture.id === event.pointerId) drag(event);
    } else if (driver.drawing()) driver.step('move', camera.point(event));
    else if (event.pointerType === 'mouse') {
      view.hover(event.target.closest?.('[data-handle]') ? store.get().selected : (hitsAt(event)[0] ?? null));
    }
    if (event.pointerType === 'mouse') view.cross(driver.drawing() && !space && gesture?.kind !== 'pan' ? camera.point(event) : null);
  }

  // At most one move is worked off per frame: high-rate mice send several.
  area.addEventListener('pointermove', (event) => {
    if (!store.get().task) return;
    onActivity();
    if (event.pointerType === 'touch') return onMove(event);
    latest = event;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (latest) onMove(latest);
      latest = null;
    });
  });

  function finish(event, taken) {
    fingers.delete(event.pointerId);
    latest = null;
    area.classList.remove('dragging');
    if (gesture?.kind === 'pinch') {
      if (!fingers.size) gesture = null;
      return;
    }
    if (gesture?.id !== event.pointerId) return;
    if (taken) abandon();
    else end(event);
  }
  area.addEventListener('pointerup', (event) => finish(event, false));
  area.addEventListener('pointercancel', (event) => finish(event, true));
  area.addEventListener('pointerleave', () => (gesture ? null : (view.cross(null), view.hover(null))));
  area.addEventListener('contextmenu', (event) => event.preventDefault());
  area.addEventListener('wheel', (event) => {
    event.preventDefault();
    onActivity();
    if (!store.get().task || gesture) return;
    const lines = event.deltaMode === 1 ? 16 : 1;
    const turn = Math.max(-160, Math.min(160, event.deltaY * lines));
    camera.zoom(Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0018)), screenPoint(area, event)); // Ctrl: a pinch on a touchpad
  }, { passive: false });

  return {
    setSpace(on) {
      space = on;
      area.classList.toggle('panning', on);
      if (on) view.cross(null);
    },
    abandon,
  };
}
