// Small help with SVG nodes, shared by the workspace and the read-only viewer.

const NS = 'http://www.w3.org/2000/svg';

export function node(name, attributes = {}, parent = null) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
}

/** Draws an outline twice: a dark halo, then the line. Nodes are reused when the outline has the same parts. */
export function drawOutline(parent, outline) {
  if (parent.childElementCount !== outline.length * 2) {
    parent.replaceChildren();
    for (const kind of ['halo', 'line']) for (const [name] of outline) node(name, { class: kind }, parent);
  }
  outline.forEach(([, attributes], i) => {
    for (const part of [parent.children[i], parent.children[outline.length + i]]) {
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    }
  });
}

const PALETTE = ['#ff6b6b', '#4dabf7', '#ffd43b', '#63e6be', '#da77f2', '#ffa94d', '#a9e34b', '#f783ac', '#66d9e8', '#b197fc'];

/** Colours of labels: the label set's own, else one of a palette that is told apart on photographs. */
export function colours(labels) {
  const known = new Map(labels.map((label, i) => [
    label.name, /^#[0-9a-f]{6}$/i.test(label.color ?? '') ? label.color : PALETTE[i % PALETTE.length],
  ]));
  return (name) => known.get(name) ?? PALETTE[0];
}
