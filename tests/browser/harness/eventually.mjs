// Waiting for something to become true, with a deadline.

/** How long anything on a loaded machine may take, in ms. */
export const DEADLINE_MS = 15_000;

/** How often a condition that nobody reports is looked at, in ms. */
const LOOK_AGAIN_MS = 20;

/**
 * Runs `check` until it no longer throws, and answers what it answered.
 *
 * @throws what `check` threw last, once the deadline is over.
 */
export async function eventually(check, deadlineMs = DEADLINE_MS) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
      await new Promise((again) => setTimeout(again, LOOK_AGAIN_MS));
    }
  }
}
