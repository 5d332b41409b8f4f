import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { clinic, visit } from '$lib/day/fixtures';
import { setLanguage } from '$lib/i18n';
import Card from './Card.svelte';

const NOW = 1_795_512_151;

function card(changes: Parameters<typeof visit>[0], more: Record<string, unknown> = {}) {
  render(Card, {
    visit: visit(changes),
    kind: clinic().kinds[0],
    practitioner: 'Erik Sandberg',
    width: 237,
    height: 38,
    now: NOW,
    waitingLimit: 15,
    privacy: false,
    ...more,
  });
  return screen.getByRole('button');
}

describe('a card', () => {
  it('says everything to whoever cannot see it', () => {
    const shown = card({
      status: 'arrived',
      arrived_at: NOW - 360,
      patient: { ...visit().patient, alert: 'Penicillin allergy' },
    });
    expect(shown.getAttribute('aria-label')).toBe(
      'Oskar Nyberg, 09:00, Filling, Waiting 6 min, with Erik Sandberg, Penicillin allergy',
    );
  });

  it('has name, time, kind and status', () => {
    expect(card({}).textContent).toMatch(/Oskar Nyberg\s*Booked\s*09:00 Filling/);
  });

  it('shows initials only, and no note, where patients can see the screen', () => {
    const shown = card({ note: 'Afraid of needles' }, { privacy: true, height: 60 });
    expect(shown.textContent).not.toContain('Oskar');
    expect(shown.textContent).not.toContain('needles');
    expect(shown.title).not.toContain('needles');
    expect(shown.getAttribute('aria-label')).toMatch(/^ON, /);
  });

  it('never names a protected patient', () => {
    const shown = card({ patient: { ...visit().patient, protected: true } });
    expect(shown.textContent).toContain('Protected identity');
    expect(shown.outerHTML).not.toContain('Oskar');
  });

  it('puts the alert before the note', () => {
    const shown = card(
      { note: 'Prefers mornings', patient: { ...visit().patient, alert: 'Blood thinner' } },
      { height: 60 },
    );
    expect(shown.textContent).toContain('Blood thinner');
    expect(shown.textContent).not.toContain('Prefers');
  });

  it('keeps the name whole before the status', () => {
    const long = { ...visit().patient, name: 'Maximiliana Bergströmsdotter' };
    expect(card({ patient: long }).querySelector('.status')?.textContent?.trim()).toBe('');
  });

  it('speaks Swedish', () => {
    setLanguage('sv');
    expect(card({ confirmed: true }).textContent).toContain('Bekräftad');
  });
});
