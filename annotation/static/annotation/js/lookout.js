// Looks again by itself while nothing is left: gently, only while the page can be seen, and not for ever.

const EVERY = 30_000;
const LONGEST = 10 * 60_000;

/** `look()` asks once; `tell('looking' | 'over')` is told when it begins and when it gives up. */
export function createLookout({
  look, tell, visible = () => document.visibilityState === 'visible', now = Date.now,
  setTimer = (f, ms) => setTimeout(f, ms), clearTimer = (timer) => clearTimeout(timer),
}) {
  let round = 0; // a new one for every start and stop, so that a look on its way goes on for nobody
  let timer = null;
  let end = 0;

  function stop() {
    round += 1;
    clearTimer(timer);
  }

  async function turn(mine) {
    if (now() >= end) return tell('over');
    if (visible()) await look();
    if (mine === round) timer = setTimer(() => turn(mine), EVERY);
    return undefined;
  }

  return {
    start() {
      stop();
      const mine = round;
      end = now() + LONGEST;
      tell('looking');
      timer = setTimer(() => turn(mine), EVERY);
    },
    stop,
  };
}
