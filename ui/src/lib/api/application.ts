// The application around the screens, in the desktop's own window: what is
// asked before it goes, and how it behaves on this computer. A browser has none.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

/** How the application stands; `src-tauri/own.rs` has the same. */
export interface ApplicationView {
  /** What a person is asked before it is done: the window closes, or all of it ends. */
  asking: 'close' | 'quit' | null;
  /** A system notification tells what comes in online. */
  notifies: boolean;
  /** It starts when somebody logs in; `null` where the system doesn't say. */
  starts_at_login: boolean | null;
}

/** What is chosen otherwise; what isn't named stays. */
export interface Choose {
  language?: string;
  notifies?: boolean;
  starts_at_login?: boolean;
}

/** Whether there is such an application around the page. */
export const hasApplication = (): boolean => '__TAURI_INTERNALS__' in window;

/** How it stands. */
export const application = (): Promise<ApplicationView> => invoke('application');

/** Chooses how it behaves; answers how it stands then. */
export const choose = (args: Choose): Promise<ApplicationView> => invoke('choose', { args });

/** What a person answers: the window goes and the desk keeps running, nothing goes, or all of it ends. */
export type Leave = 'hide' | 'stay' | 'quit';

/** Does what a person answered. */
export const leave = (args: Leave): Promise<void> => invoke('leave', { args });

/** Calls `changed` whenever it stands otherwise; answers how to stop. */
export const onApplication = (changed: () => void): (() => void) => hear('application', changed);

/** Calls `wanted` when somebody clicks a notification of what came in online; answers how to stop. */
export const onRequestsWanted = (wanted: () => void): (() => void) => hear('requests', wanted);

function hear(event: string, heard: () => void): () => void {
  const stop = listen(event, heard);
  stop.catch((error: unknown) => console.error('the application is not heard', error));
  return () => void stop.then((unlisten) => unlisten());
}
