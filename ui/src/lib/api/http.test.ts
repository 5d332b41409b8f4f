import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, CallFailed, useTransport } from './backend';
import { readEvents } from './event-stream';
import { httpTransport } from './http';

/** A page at `hash` whose requests are answered by `answer`. */
function page(
  hash: string,
  answer: (url: string, init: RequestInit) => Response | Promise<Response>,
): Window {
  const kept = new Map<string, string>();
  const fetched = vi.fn((url: string, init: RequestInit) => Promise.resolve(answer(url, init)));
  return {
    location: { hash, pathname: '/', search: '' },
    history: { replaceState: vi.fn() },
    sessionStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    },
    fetch: fetched,
  } as unknown as Window;
}

afterEach(() => vi.restoreAllMocks());

describe('a call over HTTP', () => {
  it('carries the token, which does not stay in the address', async () => {
    const at = page('#token=secret', (url, init) => {
      expect(url).toBe('/api/clinic');
      expect(new Headers(init.headers).get('authorization')).toBe('Bearer secret');
      expect(init.body).toBe('null');
      return Response.json({ name: 'Tandhuset' });
    });
    useTransport(httpTransport(at));
    await expect(call('clinic', null)).resolves.toMatchObject({ name: 'Tandhuset' });
    expect(at.history.replaceState).toHaveBeenCalledWith(null, '', '/');
  });

  it('fails with the problem the clinic names', async () => {
    const problem = { code: 'disk-full', args: {}, findings: [] };
    useTransport(httpTransport(page('', () => Response.json(problem, { status: 507 }))));
    const failed = call('day_board', { date: '2026-11-24' });
    await expect(failed).rejects.toBeInstanceOf(CallFailed);
    await expect(failed).rejects.toMatchObject({ problem });
  });

  it('is unreachable when nobody answers', async () => {
    useTransport(
      httpTransport(
        page('', () => {
          throw new TypeError('no line');
        }),
      ),
    );
    await expect(call('clinic', null)).rejects.toMatchObject({ problem: { code: 'unreachable' } });
  });
});

describe('changes over HTTP', () => {
  it('are heard, and what came before anybody listened counts as changed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 100 });
    const change = { seq: 4, days: ['2026-11-24'], patients: [], settings: false, connection: false };
    let asked = 0;
    const at = page('', () => {
      asked += 1;
      if (asked === 1) return new Response(`: hello\n\nevent: changed\ndata: ${JSON.stringify(change)}\n\n`);
      if (asked === 2) throw new TypeError('no line');
      return new Response(new ReadableStream());
    });
    const heard: unknown[] = [];
    const stop = httpTransport(at).listen((what) => heard.push(what));
    await vi.waitFor(() => expect(heard).toEqual([null, change, null]), { timeout: 10_000 });
    stop();
    vi.useRealTimers();
  });
});

describe('an event stream', () => {
  it.each([
    [
      ['data: one\n\n', 'data: two\n\n'],
      ['one', 'two'],
    ],
    [['da', 'ta: o', 'ne\n', '\n'], ['one']],
    [['data:a\r\ndata: b\r\n\r\n'], ['a\nb']],
    [[': ping\n\n', 'event: changed\nid: 3\ndata: x\n\n'], ['x']],
    [['data: never finished'], []],
  ])('in pieces %j holds %j', async (pieces, events) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const heard: string[] = [];
    await readEvents(body, (data) => heard.push(data));
    expect(heard).toEqual(events);
  });
});
