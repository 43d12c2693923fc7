// Pure: amounts of money travel as exact decimal text ("0.05") and are added as whole micro-units.

/** Micro-units of a decimal text with at most six decimals; 0 when it is not one. */
export function micro(text) {
  const match = /^(\d+)(?:\.(\d{1,6}))?$/.exec(String(text ?? ''));
  return match ? Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0')) : 0;
}

/** "$1.20", "$0.0125": exact, with at least two decimals. */
export function dollars(amount) {
  const rest = String(amount % 1_000_000).padStart(6, '0').replace(/0{1,4}$/, '');
  return `$${Math.floor(amount / 1_000_000)}.${rest}`;
}
