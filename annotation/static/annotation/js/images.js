// Loads pictures, and the next one ahead of time, so that it is on the screen in one frame. Only what is wanted is
// kept: the picture in hand and the one ahead.

const FIRST = 2048; // pixels of the longer side: enough for a screen; all of them are loaded once somebody zooms in

const longest = ({ width, height }) => Math.max(width, height);

/** The address that is shown first: a smaller copy of a large picture, else the picture itself. */
export const firstUrl = (image) => (longest(image) > FIRST && image.sizes?.[FIRST]) || image.url;

/** Whether at `k` screen pixels a pixel of the picture the smaller copy hides something. */
export const tooCoarse = (image, k) => firstUrl(image) !== image.url && k > FIRST / longest(image);

export function createImages(make = () => new Image()) {
  let kept = []; // { key, url, element, ready: promise of the decoded element, loaded }

  const forget = (entry) => {
    kept = kept.filter((other) => other !== entry);
  };

  function begin(key, url, fetchPriority) {
    const element = Object.assign(make(), { decoding: 'async', draggable: false, alt: '', fetchPriority });
    element.src = url;
    const entry = { key, url, element, loaded: false };
    entry.ready = element.decode().then(() => {
      entry.loaded = true;
      return element;
    });
    entry.ready.catch(() => forget(entry)); // so that trying again tries again
    kept.push(entry);
    return entry;
  }

  // An address is sealed for an hour, so the same picture may come under another one: its key says that it is the same.
  const first = (key, image) => kept.find((entry) => entry.key === key || entry.url === firstUrl(image));

  return {
    load: (key, image) => (first(key, image) ?? begin(key, firstUrl(image), 'high')).ready,
    /** Loads what will be shown next, behind everything that is wanted now. */
    ahead: (key, image) => void (first(key, image) ?? begin(key, firstUrl(image), 'low')),
    /** All the pixels of the picture that is shown, or null when they are there or on their way. */
    whole: (image) => (kept.some((entry) => entry.url === image.url) ? null : begin(null, image.url, 'high').ready),
    /** Lets go of all but these; what is still on its way is called off. */
    keep(...keys) {
      for (const entry of kept.filter(({ key }) => !keys.includes(key))) {
        forget(entry);
        if (!entry.loaded) entry.element.removeAttribute('src');
      }
    },
  };
}
