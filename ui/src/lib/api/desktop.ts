// Calls and changes inside the desktop's own window.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Transport } from './backend';
import type { Changed } from './types';

/** The way through Tauri. */
export function desktopTransport(): Transport {
  return {
    call: (name, args) => invoke(name, { args }),
    listen(changed) {
      let stopped = false;
      let unlisten: (() => void) | null = null;
      listen<Changed>('changed', (event) => changed(event.payload)).then(
        (stop) => {
          if (stopped) return stop();
          unlisten = stop;
          // Whatever changed before anybody listened was missed.
          changed(null);
        },
        (error) => console.error('changes are not heard', error),
      );
      return () => {
        stopped = true;
        unlisten?.();
      };
    },
  };
}
