import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useTransport } from '$lib/api/backend';
import type { ConnectionView } from '$lib/api/types';
import { Connection, INTERRUPTED_AFTER_MS } from './connection.svelte';
import { logLines } from './words';

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

it('has heard of everything only while both sides are equal', async () => {
  let view = LIVE;
  useTransport({ call: async () => view, listen: () => () => {} });
  const connection = new Connection();
  const hears = async (state: ConnectionView['state']) => {
    view = { ...LIVE, state };
    await connection.read();
    vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
    return connection.heard;
  };
  expect(await hears('live')).toBe('all');
  expect(await hears('offline')).toBe('down');
  expect(await hears('reconnecting')).toBe('down');
  expect(await hears('catching_up')).toBe('checking');
  expect(await hears('checking')).toBe('checking');
  expect(await hears('live')).toBe('all');
});

it('shows what failed among what the line went through, the latest first', () => {
  const at = (minute: string) => `2026-11-24T09:${minute}:00`;
  const lines = logLines({
    ...LIVE,
    spells: [
      { at: at('30'), state: 'catching_up' },
      { at: at('10'), state: 'offline' },
    ],
    failures: [{ at: at('20'), what: 'pairing', code: 'central-unreachable', said: 'Connection refused' }],
  });
  expect(lines.map(({ id, said }) => [id, said])).toEqual([
    ['connection-word-catching-up', ''],
    ['connection-failed-pairing', 'central-unreachable: Connection refused'],
    ['connection-word-offline', ''],
  ]);
});
