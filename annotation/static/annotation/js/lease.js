// Watches the lease of the picture in hand: counts down, renews while somebody works, warns before the end.

import { leaseAt, shouldRenew } from './clock.js';
import { isLoss } from './refusals.js';

/** `length` is the whole length of a lease in ms, 0 if not known. `ask()` resolves true for "more time"; `onTick(lease | null)`, `onOver()`, `onLost(error)` tell what happened. */
export function createLease({ renew, ask, lastActive, onTick, onOver, onLost, length = 0, now = Date.now }) {
  let held = null; // { assignment, expires, length }
  let lastTry = 0;
  let asked = false;
  let told = false;

  async function extend() {
    const mine = held;
    lastTry = now();
    try {
      const { lease_expires_at: until } = await renew(mine.assignment);
      if (mine !== held) return;
      mine.expires = Date.parse(until);
      mine.length = Math.max(mine.length, mine.expires - now());
      asked = false;
      told = false;
    } catch (error) {
      // Who is signed out meanwhile still holds it; sending will say so.
      if (mine === held && isLoss(error)) {
        held = null;
        onLost(error);
      }
    }
    tick();
  }

  async function warn() {
    asked = true;
    const mine = held;
    const more = await ask();
    if (more && mine === held) await extend();
  }

  function tick() {
    if (!held) return onTick(null);
    const t = now();
    const lease = leaseAt({ ...held, now: t });
    onTick(lease);
    if (lease.phase === 'over') {
      if (!told) onOver();
      told = true;
    } else if (shouldRenew({ ...held, now: t, lastActive: lastActive(), lastTry })) extend();
    else if (lease.phase === 'soon' && !asked) warn();
  }
  setInterval(tick, 1000);

  return {
    hold(assignment, expires) {
      const until = Date.parse(expires ?? '');
      const whole = Math.max(60_000, length, until - now()); // a page opened late sees only the rest of it
      held = Number.isFinite(until) ? { assignment, expires: until, length: whole } : null;
      asked = told = false;
      lastTry = 0;
      tick();
    },
    release() {
      held = null;
      tick();
    },
    extend: () => held && extend(),
  };
}
