// The clinic's time. The computer's own clock and zone may be wrong, so time
// is what the clinic answered plus what has passed since.

import { localMs } from '$lib/i18n';

/** How often the screen's time moves on, in ms. */
const TICK_MS = 1_000;

/** The clinic's time, ticking. */
export class Clock {
  /** Milliseconds of the clinic's wall clock, as if its zone were UTC; whole seconds. */
  #wall = $state(0);
  #zone: string;
  #startWall: number;
  #startTick: number;
  #tick: () => number;

  /** `now` is the clinic's local time when `tick` was read; `tick` counts ms and never goes back. */
  constructor(now: string, zone: string, tick: () => number = () => performance.now()) {
    this.#tick = tick;
    this.#zone = zone;
    this.#startWall = localMs(now);
    this.#startTick = tick();
    this.#wall = this.#startWall;
  }

  /** Takes over what the clinic says the time is. */
  set(now: string, zone: string): void {
    this.#zone = zone;
    this.#startWall = localMs(now);
    this.#startTick = this.#tick();
    this.#wall = this.#startWall;
  }

  /** Moves on; answers how to stop. */
  start(): () => void {
    const timer = setInterval(() => this.advance(), TICK_MS);
    return () => clearInterval(timer);
  }

  /** Moves on to now. */
  advance(): void {
    const wall = this.#startWall + (this.#tick() - this.#startTick);
    this.#wall = Math.floor(wall / 1000) * 1000;
  }

  /** The clinic's local day. */
  get today(): string {
    return this.local.slice(0, 10);
  }

  /** The clinic's local time. */
  get local(): string {
    return new Date(this.#wall).toISOString().slice(0, 19);
  }

  /** The minute of the day. */
  get minute(): number {
    return Math.floor((this.#wall % 86_400_000) / 60_000);
  }

  /** Seconds since 1970, in UTC. */
  get instant(): number {
    return Math.floor((this.#wall - zoneOffsetMs(this.#wall, this.#zone)) / 1000);
  }
}

/** How far the zone's wall clock is ahead of UTC when it shows `wall`, in ms. */
export function zoneOffsetMs(wall: number, zone: string): number {
  // The offset is asked for by instant; near a clock change a second look settles it.
  const guess = offsetAt(wall, zone);
  return offsetAt(wall - guess, zone);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetAt(instant: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const wall = Date.UTC(
    parts['year'] ?? 0,
    (parts['month'] ?? 1) - 1,
    parts['day'],
    parts['hour'],
    parts['minute'],
    parts['second'],
  );
  return wall - Math.floor(instant / 1000) * 1000;
}
