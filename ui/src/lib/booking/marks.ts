/** Which parts of a hit are those that were searched for. */

import { fold } from '$lib/fold';

/** A stretch of a text, and whether it was searched for. */
export interface Mark {
  text: string;
  hit: boolean;
}

/**
 * Splits `text` where it answers `query`: each word of the query marks its
 * first place, a word's beginning before a place within one. Digits are found
 * over the hyphens and spaces people write between them.
 */
export function marks(text: string, query: string): Mark[] {
  const folded = fold(text);
  const spans = fold(query)
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => place(folded, word))
    .filter((span) => span !== null)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: Mark[] = [];
  let done = 0;
  for (const { start, end } of spans) {
    if (end <= done) continue;
    const from = Math.max(start, done);
    if (from > done) parts.push({ text: text.slice(done, from), hit: false });
    parts.push({ text: text.slice(from, end), hit: true });
    done = end;
  }
  if (done < text.length) parts.push({ text: text.slice(done), hit: false });
  return parts;
}

function place(folded: string, word: string): { start: number; end: number } | null {
  const digits = word.replace(/[-+/()]/g, '');
  const pattern = /^\d+$/.test(digits) ? digits.split('').join('[-\\s/()]*') : escaped(word);
  for (const before of ['(?<![\\p{L}\\p{N}])', '']) {
    const found = new RegExp(before + pattern, 'u').exec(folded);
    if (found !== null) return { start: found.index, end: found.index + found[0].length };
  }
  return null;
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, (sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`);
}
