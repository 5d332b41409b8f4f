import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useTransport } from '$lib/api/backend';
import type { ConnectionView } from '$lib/api/types';
import { Connection, INTERRUPTED_AFTER_MS } from './connection.svelte';

const LIVE: ConnectionView = {
  paired: true,
  central: 'https://boka.example.se',
  state: 'live',
  since: '2026-11-24T08:00:00',
  heard: '2026-11-24T10:22:31',
  unsent: 0,
  acknowledged: 12,
  days: [],
  held: 0,
  being_booked: 0,
  clocks_apart_minutes: null,
  another_hub: false,
  superseded: false,
  problem: null,
  spells: [],
  failures: [],
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('is interrupted once it has been so for a while, and until it is live', async () => {
  let view = LIVE;
  useTransport({ call: async () => view, listen: () => () => {} });
  const connection = new Connection();
  const stands = async (state: ConnectionView['state'], paired = true) => {
    view = { ...LIVE, state, paired };
    await connection.read();
  };
  await stands('reconnecting');
  await stands('live');
  vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
  expect(connection.interrupted).toBe(false);
  await stands('offline');
  expect(connection.interrupted).toBe(false);
  vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
  expect(connection.interrupted).toBe(true);
  await stands('checking');
  expect(connection.interrupted).toBe(true);
  await stands('live');
  expect(connection.interrupted).toBe(false);
  await stands(null, false);
  vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
  expect(connection.interrupted).toBe(false);
});
