// The key map as data: what a key does, and the rows of the help dialog. Keys are matched by what is printed on them.
// `where: 'area'` works only while the drawing area has the focus.

const digits = Array.from({ length: 9 }, (_, i) => ({ key: String(i + 1), run: ['choose', i] }));

export const KEYS = [
  { group: 'Draw', key: 'v', run: ['tool', 'select'], text: 'Select and change' },
  { group: 'Draw', key: 'b', run: ['tool', 'box'], text: 'Box: drag, or click two corners' },
  { group: 'Draw', shown: '1 – 9', text: 'Label, or tag, with that number' },
  { group: 'Draw', key: 'Enter', run: ['place'], where: 'area', text: 'Set a corner at the keyboard cursor' },
  { group: 'Draw', shown: '← ↑ → ↓', text: 'Move the keyboard cursor; with Shift 10 px' },
  { group: 'Draw', key: 'Escape', run: ['cancel'], text: 'Cancel; then Tab leaves the drawing area' },
  { group: 'Change', key: 'Tab', run: ['next', 1], where: 'area', text: 'Next object' },
  { group: 'Change', key: 'Shift+Tab', run: ['next', -1], where: 'area', text: 'Previous object' },
  { group: 'Change', shown: '← ↑ → ↓', text: 'Move what is selected by 1 px; with Shift 10 px' },
  { group: 'Change', shown: 'Alt + arrows', text: 'Make it larger or smaller' },
  { group: 'Change', key: 'Delete', run: ['delete'], text: 'Delete what is selected' },
  { key: 'Backspace', run: ['delete'] },
  { group: 'Change', key: 'Mod+z', run: ['undo'], text: 'Undo' },
  { group: 'Change', key: 'Mod+Shift+z', run: ['redo'], text: 'Redo' },
  { key: 'Mod+y', run: ['redo'] },
  { group: 'Look', key: '+', run: ['zoom', 1.25], text: 'Zoom in' },
  { key: '=', run: ['zoom', 1.25] },
  { group: 'Look', key: '-', run: ['zoom', 0.8], text: 'Zoom out' },
  { group: 'Look', key: '0', run: ['fit'], text: 'Whole picture' },
  { group: 'Look', shown: 'Wheel', text: 'Zoom at the pointer' },
  { group: 'Look', shown: 'Space + drag', text: 'Move the picture (or the middle button)' },
  { group: 'Look', key: 'h', run: ['hide'], text: 'Hide or show what is drawn' },
  { group: 'Look', key: 'l', run: ['lock'], text: 'Lock or unlock what is drawn' },
  { group: 'Go on', key: 'Mod+Enter', run: ['submit'], text: 'Submit and next', typing: true },
  { group: 'Go on', key: 's', run: ['skip'], text: 'Skip, with a reason' },
  { group: 'Go on', key: 'Mod+s', run: ['save'], text: 'Save the draft now', typing: true },
  { group: 'Go on', key: 'g', run: ['guidelines'], text: 'Guidelines' },
  { group: 'Go on', key: '?', run: ['help'], text: 'All keys' },
  ...digits,
];

const MAP = new Map(KEYS.filter((entry) => entry.key).map((entry) => [entry.key, entry]));
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** "Mod+Shift+z" for a key event; Mod is Ctrl, or Command on a Mac. */
export function chord(event) {
  const mod = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Shift is already in a printed character ("?"), so it counts only with Ctrl or with named keys.
  const shift = event.shiftKey && (mod || event.key.length > 1);
  return `${mod ? 'Mod+' : ''}${shift ? 'Shift+' : ''}${key}`;
}

/**
 * The command [name, argument] of a key event, or null. `inArea`: the drawing area has the focus; `typing`: a field
 * has; `singles` false: printed characters alone mean nothing (WCAG 2.1.4).
 */
export function command(event, { inArea = false, typing = false, singles = true } = {}) {
  if (event.altKey || event.isComposing) return null;
  const entry = MAP.get(chord(event));
  if (!entry || (entry.where === 'area' && !inArea) || (typing && !entry.typing)) return null;
  if (!singles && entry.key.length === 1 && !inArea) return null;
  return entry.run;
}

/** [dx, dy] of an arrow key, or null. */
export const arrow = (event) => (event.ctrlKey || event.metaKey ? null : (ARROWS[event.key] ?? null));

/** How a chord is printed on the keys of this machine. */
export function printed(key, mac = false) {
  const names = { Mod: mac ? '⌘' : 'Ctrl', Escape: 'Esc', Delete: 'Del', Enter: '↵', '-': '−' };
  return key.split(/\+(?=.)/).map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(' + ');
}

/** Rows of the help dialog, by group: [[group, [[keys, text], …]], …]. */
export function helpRows(mac = false) {
  const groups = new Map();
  for (const { group, key, shown, text } of KEYS) {
    if (!text) continue;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push([shown ?? printed(key, mac), text]);
  }
  return [...groups];
}
