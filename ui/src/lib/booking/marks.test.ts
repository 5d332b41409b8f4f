import { describe, expect, it } from 'vitest';
import { marks } from './marks';

function shown(text: string, query: string): string {
  return marks(text, query)
    .map((part) => (part.hit ? `[${part.text}]` : part.text))
    .join('');
}

describe('marks', () => {
  it.each([
    ['Anna Ekström', 'ek 07', 'Anna [Ek]ström'],
    ['1987-07-14', 'ek 07', '1987-[07]-14'],
    ['0707-41 22 08', 'ek 07', '[07]07-41 22 08'],
    ['031-073 88 10', '07', '031-[07]3 88 10'],
    ['0707-41 22 08', '070741', '[0707-41] 22 08'],
    ['Åsa Wikström', 'asa', '[Åsa] Wikström'],
    ['Asa Wikstrom', 'åsa ström', '[Asa] Wik[strom]'],
    ['Reken Ek', 'ek', 'Reken [Ek]'],
    ['Ekberg', 'ek ekb', '[Ekb]erg'],
    ['Ekberg', 'ekb ek', '[Ekb]erg'],
    ['Anna (Ann) Ek', '(ann', 'Anna [(Ann]) Ek'],
    ['a.b', '.', 'a[.]b'],
    ['Anna Ek', '', 'Anna Ek'],
    ['', 'ek', ''],
    ['1987-07-14', '1987-07', '[1987-07]-14'],
  ])('%s searched for %j', (text, query, expected) => {
    expect(shown(text, query)).toBe(expected);
  });
});
