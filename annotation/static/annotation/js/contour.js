// Pure: the edge between the inside and the outside of a mask, as one SVG path along the sides of its pixels.

/** How many sides of pixels the edge has. */
export function edgeLength({ pixels, width, height }) {
  let sides = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!pixels[y * width + x]) continue;
      sides += !(x && pixels[y * width + x - 1]) + !(x < width - 1 && pixels[y * width + x + 1])
        + !(y && pixels[(y - 1) * width + x]) + !(y < height - 1 && pixels[(y + 1) * width + x]);
    }
  }
  return sides;
}

/** From each corner of the grid, where its sides lead; the inside is always on the right hand. */
function sidesOf({ pixels, width, height }) {
  const wide = width + 1;
  const leads = new Map();
  const add = (from, to) => {
    const known = leads.get(from);
    if (known) known.push(to);
    else leads.set(from, [to]);
  };
  const inside = (x, y) => x >= 0 && y >= 0 && x < width && y < height && pixels[y * width + x];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!pixels[y * width + x]) continue;
      const [a, b, c, d] = [y * wide + x, y * wide + x + 1, (y + 1) * wide + x + 1, (y + 1) * wide + x];
      if (!inside(x, y - 1)) add(a, b);
      if (!inside(x + 1, y)) add(b, c);
      if (!inside(x, y + 1)) add(c, d);
      if (!inside(x - 1, y)) add(d, a);
    }
  }
  return leads;
}

/** The path's `d`: closed loops, corners only, in pixels of the whole image. */
export function contourOf(mask, image) {
  const wide = mask.width + 1;
  const leads = sidesOf(mask);
  const place = (corner) => [
    Math.min(image.width, (corner % wide) * mask.step), Math.min(image.height, Math.floor(corner / wide) * mask.step),
  ];
  const loops = [];
  for (const start of leads.keys()) {
    while (leads.get(start)?.length) {
      const corners = [];
      let [at, step] = [start, 0];
      do {
        const open = leads.get(at);
        // Where two pixels touch at a corner, turn right: each stays a loop of its own.
        const next = open.length > 1 ? open.splice(turnRight(open, at, step, wide), 1)[0] : open.pop();
        if (next - at !== step) corners.push(place(at).join(' '));
        step = next - at;
        at = next;
      } while (at !== start);
      loops.push(`M${corners.join('L')}Z`);
    }
  }
  return loops.join('');
}

/** Which of two sides turns right of the way one came: right, down, left and up follow each other. */
function turnRight(open, at, step, wide) {
  const order = [1, wide, -1, -wide];
  const right = order[(order.indexOf(step) + 1) % 4];
  return Math.max(0, open.findIndex((to) => to - at === right));
}
