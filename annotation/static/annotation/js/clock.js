// Pure: working time and the lease. All times are milliseconds; `now` is passed in.

const IDLE = 15_000; // a pause longer than this is not work
const SOON = 120_000; // the warning before the end (WCAG 2.2.1 asks for enough time to react)

/** Adds up the time between signs of activity, leaving out the pauses. */
export function createActivity({ start, active = 0, elapsed = 0 }) {
  let total = active;
  let last = start;
  return {
    touch(now) {
      total += Math.max(0, Math.min(now - last, IDLE));
      last = Math.max(last, now);
    },
    lastAt: () => last,
    timing(now) {
      const passed = elapsed + Math.max(0, now - start);
      return { elapsed_ms: passed, active_ms: Math.min(total, passed) };
    },
  };
}

/** "4:05", "1:02:03". */
export function minutes(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const pad = (n) => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h ? `${h}:${pad(m)}:${pad(s % 60)}` : `${m}:${pad(s % 60)}`;
}

/** What the lease looks like now: { left, phase: 'calm' | 'soon' | 'over' }. `length` is its whole length. */
export function leaseAt({ expires, length, now }) {
  const left = expires - now;
  return { left, phase: left <= 0 ? 'over' : left <= Math.min(SOON, length / 3) ? 'soon' : 'calm' };
}

/** Renew quietly while somebody is working and at least a third of the lease is used up. */
export function shouldRenew({ expires, length, now, lastActive, lastTry }) {
  const left = expires - now;
  const working = now - lastActive < Math.min(60_000, length / 3);
  return left > 0 && left < (length * 2) / 3 && working && now - lastTry > Math.min(30_000, length / 6);
}

/** Server clock minus ours, so that a wrong clock on this machine cannot eat the lease. */
export function clockSkew(serverDate, now) {
  const skew = Date.parse(serverDate ?? '') - now;
  return Math.abs(skew) >= 2000 ? skew : 0; // the header counts whole seconds; less than two is only rounding
}
