/** Exponential backoff with full jitter, so that a thousand pages do not come back in the same second. */

const FIRST_MS = 1_000
const MOST_MS = 30_000

/**
 * Milliseconds to wait before try number `tries` + 1, after `tries` failures (from 1).
 * `random` is in [0, 1). At least half a second, so that a fast refusal is not hammered.
 */
export function backoff(tries: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.max(0, tries - 1))
  return Math.round(500 + random() * (ceiling - 500))
}
