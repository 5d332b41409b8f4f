import { describe, expect, it } from 'vitest';
import type { Finding } from '$lib/api/types';
import { findingText } from './messages.svelte';

function finding(code: string, name: string | null): Finding {
  return { code, severity: 'warning', with: [], name };
}

describe('what stands against a visit', () => {
  it.each([
    [finding('in-break', 'Lunch'), 'The visit reaches into a break: Lunch.'],
    [finding('in-break', null), 'The visit reaches into a break.'],
    [finding('off-grid', 'nobody’s business'), 'This is between the usual starting times.'],
  ])('is named where it has a name: %o', (given, sentence) => {
    expect(findingText(given)).toBe(sentence);
  });
});
