// Loads pictures ahead of time, so that the next one is on the screen in one frame.

const KEEP = 4;

export function createImages(make = () => new Image()) {
  const loading = new Map(); // url -> promise of a decoded <img>

  function load(url) {
    if (loading.has(url)) return loading.get(url);
    const image = make();
    image.decoding = 'async';
    image.draggable = false;
    image.alt = '';
    image.src = url;
    const ready = image.decode().then(() => image);
    loading.set(url, ready);
    ready.catch(() => loading.delete(url)); // so that trying again tries again
    if (loading.size > KEEP) loading.delete(loading.keys().next().value);
    return ready;
  }
  return { load, preload: (url) => void load(url).catch(() => {}) };
}
