import assert from 'node:assert/strict';
import test from 'node:test';
import { KEYS, arrow, chord, command, helpRows, printed } from '../../annotation/static/annotation/js/keys.js';

const press = (key, mods = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...mods });

test('no chord means two things', () => {
  const chords = KEYS.filter((entry) => entry.key).map((entry) => entry.key);
  assert.equal(new Set(chords).size, chords.length);
});

test('keys are told by what is printed on them', () => {
  assert.deepEqual(command(press('?', { shiftKey: true })), ['help']);
  assert.deepEqual(command(press('B', { shiftKey: true })), ['tool', 'box']);
  assert.deepEqual(command(press('3')), ['choose', 2]);
  assert.deepEqual(command(press('=')), ['zoom', 1.25]);
});

test('Ctrl and Command are the same', () => {
  assert.deepEqual(command(press('z', { ctrlKey: true })), ['undo']);
  assert.deepEqual(command(press('Z', { metaKey: true, shiftKey: true })), ['redo']);
  assert.equal(chord(press('Enter', { ctrlKey: true })), 'Mod+Enter');
});

test('nothing fires while somebody types, but submit and save', () => {
  for (const key of ['b', '1', 's', 'Delete', 'Backspace']) assert.equal(command(press(key), { typing: true }), null);
  assert.deepEqual(command(press('Enter', { ctrlKey: true }), { typing: true }), ['submit']);
  assert.equal(command(press('z', { ctrlKey: true }), { typing: true }), null);
});

test('Tab and Enter belong to the drawing area only while it has the focus', () => {
  assert.equal(command(press('Tab')), null);
  assert.deepEqual(command(press('Tab', { shiftKey: true }), { inArea: true }), ['next', -1]);
  assert.equal(command(press('Enter')), null);
});

test('single characters can be switched off outside the drawing area', () => {
  assert.equal(command(press('s'), { singles: false }), null);
  assert.deepEqual(command(press('s'), { singles: false, inArea: true }), ['skip']);
  assert.deepEqual(command(press('s', { ctrlKey: true }), { singles: false }), ['save']);
});

test('arrows are arrows, except with Ctrl', () => {
  assert.deepEqual(arrow(press('ArrowUp', { shiftKey: true })), [0, -1]);
  assert.equal(arrow(press('ArrowUp', { ctrlKey: true })), null);
  assert.equal(arrow(press('a')), null);
});

test('chords are printed as they are on the keyboard', () => {
  assert.equal(printed('Mod+Shift+z'), 'Ctrl + Shift + Z');
  assert.equal(printed('Mod+Enter', true), '⌘ + ↵');
  assert.equal(printed('+'), '+');
  assert.equal(printed('-'), '−');
});

test('the help lists every group once', () => {
  const groups = helpRows().map(([group]) => group);
  assert.deepEqual(groups, ['Draw', 'Change', 'Look', 'Go on']);
});
