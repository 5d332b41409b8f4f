// The only way from the screens to the clinic. In the desktop's window a call
// is a Tauri command; in a browser served by `chairside-clinic serve` it is a
// POST behind a token. Both answer from the same table of commands.

import type { Changed, Commands, Problem } from './types';
import { desktopTransport } from './desktop';
import { httpTransport } from './http';

/** The name of a command. */
export type CommandName = keyof Commands;

/** How calls and changes travel. */
export interface Transport {
  /** Resolves with the answer; rejects with whatever went wrong, as it came. */
  call(name: string, args: unknown): Promise<unknown>;
  /** Calls `changed` after every commit, and with `null` once it listens (anew); answers how to stop. */
  listen(changed: (what: Changed | null) => void): () => void;
}

/** A call that was not done, with what the desk has to say about it. */
export class CallFailed extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
    this.name = 'CallFailed';
  }
}

let transport: Transport | null = null;

/** Sends everything through `next`; tests use it. */
export function useTransport(next: Transport | null): void {
  transport = next;
}

/**
 * Asks the clinic to do `name`.
 *
 * @throws {CallFailed} with the problem to show; `unreachable` when the clinic didn't answer at all.
 */
export async function call<N extends CommandName>(
  name: N,
  args: Commands[N]['args'],
): Promise<Commands[N]['answer']> {
  try {
    return (await current().call(name, args)) as Commands[N]['answer'];
  } catch (thrown) {
    throw new CallFailed(asProblem(thrown));
  }
}

/**
 * Calls `changed` after every commit with what it made stale; with `null` when
 * changes may have been missed and everything is to be read again.
 */
export function onChanged(changed: (what: Changed | null) => void): () => void {
  return current().listen(changed);
}

/** What a failed call or anything else thrown says to a person. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof CallFailed) return thrown.problem;
  if (isProblem(thrown)) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'unreachable', args: { detail }, findings: [] };
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'args' in value && 'findings' in value
  );
}

function current(): Transport {
  transport ??= '__TAURI_INTERNALS__' in window ? desktopTransport() : httpTransport(window);
  return transport;
}
