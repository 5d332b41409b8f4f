import { describe, expect, it } from 'vitest';
import { Clock, zoneOffsetMs } from './clock.svelte';

const HOUR_MS = 3_600_000;

describe('Clock', () => {
  it('goes on from what the clinic said, whatever this computer thinks', () => {
    let tick = 1_000;
    const clock = new Clock('2026-11-24T10:22:31', 'Europe/Stockholm', () => tick);
    expect(clock.local).toBe('2026-11-24T10:22:31');
    tick += 90_500;
    clock.advance();
    expect(clock.local).toBe('2026-11-24T10:24:01');
    expect(clock.minute).toBe(624);
    expect(clock.today).toBe('2026-11-24');
  });

  it('knows the instant', () => {
    const clock = new Clock('2026-11-24T10:22:31', 'Europe/Stockholm', () => 0);
    expect(clock.instant).toBe(Date.UTC(2026, 10, 24, 9, 22, 31) / 1000);
  });
});

describe('zoneOffsetMs', () => {
  it.each([
    ['2026-11-24T10:00:00Z', 'Europe/Stockholm', 1],
    ['2026-07-01T10:00:00Z', 'Europe/Stockholm', 2],
    ['2026-03-29T01:59:00Z', 'Europe/Stockholm', 1],
    ['2026-03-29T03:01:00Z', 'Europe/Stockholm', 2],
    ['2026-10-25T03:01:00Z', 'Europe/Stockholm', 1],
    ['2026-11-24T10:00:00Z', 'UTC', 0],
  ])('when the wall shows %s in %s is %i h', (wall, zone, hours) => {
    expect(zoneOffsetMs(Date.parse(wall), zone)).toBe(hours * HOUR_MS);
  });
});
