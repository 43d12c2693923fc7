// Shows shapes over a picture, read-only: results, history, reviews. An element <div data-viewer="some-id"> is filled
// from <script type="application/json" id="some-id"> (Django's json_script) with
//   { image: { url, width, height, alt? }, labels?: [{ name, color, skeleton? }], compact?: bool,
//     layers: [{ name, style: "solid" | "dashed" | "dotted", hidden?: bool,
//                shapes: [{ type, label, …, status?: "matched" | "missed" | "extra" | "wrong_label", note? }] }] }
// `compact` leaves out the controls, for small pictures in lists.

import { createCamera, screenPoint } from './camera.js';
import { make } from './dom.js';
import { figureOf, pointName } from './figures.js';
import { toScreen } from './geometry.js';
import { STATUS, caption, readLayers, tally } from './layers.js';
import { hits } from './shapes.js';
import { colours, drawOutline, node } from './svg.js';

const colourIn = (data, layers) => {
  const names = new Set(layers.flatMap((layer) => layer.shapes.map((shape) => shape.label)));
  return colours(data.labels ?? [...names].map((name) => ({ name })));
};

/** Two fingers, or a drag once zoomed in, move the picture; a page can still be scrolled past it. */
function listen(area, camera, onPoint) {
  const pointers = new Map();
  let start = null;
  const begin = () => {
    start = { from: camera.view(), points: [...pointers.values()] };
  };
  area.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    pointers.set(event.pointerId, screenPoint(area, event));
    if (pointers.size > 1 || !camera.fitted()) area.setPointerCapture(event.pointerId);
    begin();
  });
  area.addEventListener('pointermove', (event) => {
    onPoint(camera.point(event), 6 / camera.view().k);
    if (!pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, screenPoint(area, event));
    const now = [...pointers.values()];
    if (now.length > 1 && start.points.length > 1) camera.pinch(start.from, start.points.slice(0, 2), now.slice(0, 2));
    else if (!camera.fitted() && now.length === 1) {
      camera.pan(start.from, now[0][0] - start.points[0][0], now[0][1] - start.points[0][1]);
    }
  });
  const end = (event) => {
    pointers.delete(event.pointerId);
    begin();
  };
  for (const name of ['pointerup', 'pointercancel']) area.addEventListener(name, end);
  area.addEventListener('pointerleave', () => onPoint(null));
  area.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== area) return; // plain wheel scrolls the page
    event.preventDefault();
    camera.zoom(Math.exp(-Math.max(-160, Math.min(160, event.deltaY)) * 0.0018), screenPoint(area, event));
  }, { passive: false });
  area.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    const zoom = { '+': 1.25, '=': 1.25, '-': 0.8 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || (!step && !zoom && event.key !== '0')) return;
    if (step && camera.fitted()) return; // nothing to pan: the arrows scroll the page
    event.preventDefault();
    if (step) camera.pan(camera.view(), ...step);
    else if (zoom) camera.zoom(zoom);
    else camera.fit();
  });
}

function drawLayers(world, layers, colourOf) {
  return layers.map((layer) => {
    const group = node('g', { class: `viewer-layer ${layer.style}`, 'aria-label': layer.name }, world);
    for (const shape of layer.shapes) {
      const looks = `viewer-shape ${shape.status ?? ''}`.trim();
      const mark = node('g', { class: looks, role: 'img', 'aria-label': `${layer.name}: ${caption(shape)}` }, group);
      if (!shape.status) mark.style.setProperty('--c', colourOf(shape.label));
      drawOutline(mark, figureOf(shape).outline(shape));
    }
    return group;
  });
}

/** Hides what is hidden. Filled areas of many layers lie on each other: each is the paler for it, and the picture stays. */
function showLayers(layers, groups) {
  const shown = Math.max(1, layers.filter((layer) => !layer.hidden && layer.shapes.length).length);
  layers.forEach((layer, i) => {
    groups[i].style.display = layer.hidden ? 'none' : '';
    groups[i].style.setProperty('--layers', shown);
  });
}

function controls(layers, groups, camera) {
  const toggles = layers.map((layer) => {
    const box = make('input', { type: 'checkbox' });
    box.checked = !layer.hidden;
    box.addEventListener('change', () => {
      layer.hidden = !box.checked;
      showLayers(layers, groups);
    });
    const line = make('i', { class: layer.style, 'aria-hidden': 'true' });
    const many = make('small', {}, String(layer.shapes.length));
    return make('label', { class: 'viewer-toggle' }, box, line, make('span', {}, layer.name), many);
  });
  const legend = tally(layers).map(([status, n]) =>
    make('span', { class: `viewer-key ${status}` }, make('i', { 'aria-hidden': 'true' }), `${STATUS[status]} ${n}`));
  const zoom = [
    ['−', 'Zoom out', () => camera.zoom(0.8)], ['Fit', 'Whole picture', camera.fit], ['+', 'Zoom in', () => camera.zoom(1.25)],
  ].map(([text, name, run]) => {
    const button = make('button', { type: 'button', 'aria-label': name, title: name }, text);
    button.addEventListener('click', run);
    return button;
  });
  const group = make('div', { class: 'viewer-zoom', role: 'group', 'aria-label': 'Zoom' }, ...zoom);
  return make('div', { class: 'viewer-bar' }, ...toggles, ...legend, group);
}

/** Fills `element` with the picture and its layers. */
export function mount(element, data) {
  const layers = readLayers(data);
  const colourOf = colourIn(data, layers);
  const stage = make('div', { class: 'viewer-stage' });
  const svg = node('svg', { class: 'viewer-drawing' });
  const chip = make('div', { class: 'viewer-chip', hidden: true });
  const reached = { tabindex: '0', role: 'group', 'aria-label': 'Picture with shapes; plus, minus and zero zoom' };
  const area = make('div', { class: 'viewer-area', ...(data.compact ? {} : reached) }, stage, svg, chip);
  area.style.aspectRatio = `${data.image.width} / ${data.image.height}`;
  element.classList.add('viewer');
  element.replaceChildren(area);

  const world = node('g', {}, svg);
  const camera = createCamera({ area, stage, margin: () => 0, onMove: (view) => {
    world.setAttribute('transform', `matrix(${view.k} 0 0 ${view.k} ${view.x} ${view.y})`);
    area.classList.toggle('zoomed', !camera?.fitted());
  } });
  const groups = drawLayers(world, layers, colourOf);
  showLayers(layers, groups);
  const image = make('img', { src: data.image.url, alt: data.image.alt ?? '', draggable: 'false', decoding: 'async' });
  image.addEventListener('error', () => area.classList.add('broken'));
  camera.open(image, data.image);
  if (data.compact) return;

  listen(area, camera, (point, slack) => {
    const seen = point ? layers.filter((layer) => !layer.hidden).flatMap((layer) => layer.shapes) : [];
    const [id] = hits(seen.map((shape, i) => ({ ...shape, id: i })), point ?? [0, 0], slack ?? 0, figureOf);
    chip.hidden = id === undefined;
    if (chip.hidden) return;
    const name = pointName(seen[id], point, slack);
    chip.textContent = name ? `${name} · ${caption(seen[id])}` : caption(seen[id]);
    const [x, y] = figureOf(seen[id]).bounds(seen[id]);
    const [left, top] = toScreen(camera.view(), [x, y]);
    const room = area.clientWidth - chip.offsetWidth - 4;
    chip.style.transform = `translate(${Math.max(4, Math.min(left, room))}px, ${Math.max(4, top - 30)}px)`;
  });
  element.prepend(controls(layers, groups, camera));
}

for (const element of document.querySelectorAll('[data-viewer]')) {
  mount(element, JSON.parse(document.getElementById(element.dataset.viewer).textContent));
}
