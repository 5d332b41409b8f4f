// Calls and changes over HTTP, behind the token of `chairside-clinic serve`.

import type { Transport } from './backend';
import type { Changed } from './types';
import { readEvents } from './event-stream';

const TOKEN_KEY = 'chairside.token';

/** The first wait before listening again, and the longest, in ms. */
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 15_000;

/** The way over HTTP. The token comes once in the address and doesn't stay there. */
export function httpTransport(page: Window): Transport {
  const token = takeToken(page);
  const headers = { authorization: `Bearer ${token}` };

  return {
    async call(name, args) {
      const response = await page.fetch(`/api/${name}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(args),
      });
      const body: unknown = await response.json();
      if (!response.ok) throw body;
      return body;
    },

    listen(changed) {
      const stop = new AbortController();
      void listenUntil(stop.signal);
      return () => stop.abort();

      async function listenUntil(signal: AbortSignal) {
        let wait = RETRY_FIRST_MS;
        while (!signal.aborted) {
          try {
            const response = await page.fetch('/api/events', { headers, signal });
            if (!response.ok || !response.body) throw new Error(`events answered ${response.status}`);
            // Whatever changed before anybody listened was missed, at the start, too.
            changed(null);
            wait = RETRY_FIRST_MS;
            await readEvents(response.body, (data) => changed(JSON.parse(data) as Changed));
          } catch (error) {
            if (signal.aborted) return;
            console.error('listening for changes failed', error);
          }
          await pause(wait, signal);
          wait = Math.min(wait * 2, RETRY_LONGEST_MS);
        }
      }
    },
  };
}

function takeToken(page: Window): string {
  const given = new URLSearchParams(page.location.hash.slice(1)).get('token');
  if (given) {
    page.sessionStorage.setItem(TOKEN_KEY, given);
    page.history.replaceState(null, '', page.location.pathname + page.location.search);
  }
  return given ?? page.sessionStorage.getItem(TOKEN_KEY) ?? '';
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
}
