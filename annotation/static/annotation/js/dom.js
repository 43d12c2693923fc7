// Small help with HTML nodes.

export const $ = (id) => document.getElementById(id);

/** make('button', { class: 'x', type: 'button' }, 'text', child, …) */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/** Gives an element its label's colour, through the object model: the page allows no inline style. */
export function swatch(element, colour) {
  element.style.setProperty('--c', colour);
  return element;
}

const TAGS = new Set([
  'A', 'B', 'BLOCKQUOTE', 'BR', 'CODE', 'DD', 'DL', 'DT', 'EM', 'FIGURE', 'FIGCAPTION', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'HR',
  'I', 'IMG', 'KBD', 'LI', 'OL', 'P', 'PRE', 'S', 'STRONG', 'SUB', 'SUP', 'TABLE', 'TBODY', 'TD', 'TH', 'THEAD', 'TR', 'UL',
]);
const DROPPED = /^(SCRIPT|STYLE|TEMPLATE|IFRAME|OBJECT|SVG|MATH)$/i;
const ATTRIBUTES = { A: ['href', 'title'], IMG: ['src', 'alt', 'width', 'height'] };
const SAFE_URL = /^(https?:|mailto:|\/(?!\/)|#|data:image\/(png|jpeg|webp);)/i;

/** The guidelines' HTML with nothing left that could act: the server has cleaned it, and this does not rely on that. */
export function safeFragment(html) {
  const parsed = new DOMParser().parseFromString(String(html ?? ''), 'text/html');
  const copy = (from, to) => {
    for (const child of from.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) to.append(child.textContent);
      if (child.nodeType !== Node.ELEMENT_NODE || DROPPED.test(child.tagName)) continue;
      if (!TAGS.has(child.tagName)) copy(child, to);
      else {
        const kept = make(child.tagName.toLowerCase());
        for (const name of ATTRIBUTES[child.tagName] ?? []) {
          const value = child.getAttribute(name);
          if (value !== null && (!/^(href|src)$/.test(name) || SAFE_URL.test(value))) kept.setAttribute(name, value);
        }
        if (kept.tagName === 'A') Object.assign(kept, { target: '_blank', rel: 'noopener noreferrer' });
        copy(child, kept);
        to.append(kept);
      }
    }
    return to;
  };
  return copy(parsed.body, document.createDocumentFragment());
}

/** localStorage or sessionStorage; where the browser forbids it, something that forgets with the page. */
export function storage(name) {
  try {
    window[name].setItem('tally:probe', '1');
    window[name].removeItem('tally:probe');
    return window[name];
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
      key: (i) => [...kept.keys()][i] ?? null,
      get length() { return kept.size; },
    };
  }
}
