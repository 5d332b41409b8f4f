// How far somebody has seen the clinic's log at this window, kept on the computer.

const KEY = 'chairside.seen.';

/** The last entry that was seen; `null` where nobody ever looked. */
export function readSeen(clinic: string): number | null {
  try {
    const seq = Number(localStorage.getItem(KEY + clinic) ?? NaN);
    return Number.isSafeInteger(seq) && seq >= 0 ? seq : null;
  } catch {
    // A forbidden storage only means that nothing is told at the next start.
    return null;
  }
}

/** Keeps the last entry that was seen. */
export function writeSeen(clinic: string, seq: number): void {
  try {
    localStorage.setItem(KEY + clinic, String(seq));
  } catch (error) {
    console.error('what was seen is not kept', error);
  }
}
