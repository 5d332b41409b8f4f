// The words on the screen. Every sentence stands in the message catalogue that
// Rust compiles in too; this file only picks the language and fills in.

import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import enApplication from '$messages/en/application.ftl?raw';
import enDesk from '$messages/en/desk.ftl?raw';
import enOnline from '$messages/en/online.ftl?raw';
import enProblems from '$messages/en/problems.ftl?raw';
import svApplication from '$messages/sv/application.ftl?raw';
import svDesk from '$messages/sv/desk.ftl?raw';
import svOnline from '$messages/sv/online.ftl?raw';
import svProblems from '$messages/sv/problems.ftl?raw';
import type { Finding, Problem } from '$lib/api/types';

/** A language the catalogue has. */
export type Language = 'en' | 'sv';

/** Every language, in the order a chooser shows them. */
export const LANGUAGES: readonly Language[] = ['sv', 'en'];

/** What a message is filled in with. */
export type MessageArgs = Record<string, FluentVariable>;

const LOCALES: Record<Language, string> = { en: 'en-GB', sv: 'sv-SE' };

const BUNDLES: Record<Language, FluentBundle> = {
  en: bundle('en', [enApplication, enDesk, enOnline, enProblems]),
  sv: bundle('sv', [svApplication, svDesk, svOnline, svProblems]),
};

let chosen = $state<Language>('en');

/** The language the screen is in. */
export function language(): Language {
  return chosen;
}

/** Changes the language of everything on the screen. */
export function setLanguage(next: Language): void {
  chosen = next;
  document.documentElement.lang = next;
}

/** The language people who use this computer most likely read. */
export function likelyLanguage(languages: readonly string[] = navigator.languages): Language {
  return languages[0]?.toLowerCase().startsWith('sv') ? 'sv' : 'en';
}

/** The BCP 47 tag dates and numbers are written by. */
export function locale(): string {
  return LOCALES[chosen];
}

/**
 * The message `id` in the chosen language; reads the language, so whatever
 * shows it follows when that changes. A missing message is a defect: tests
 * throw, a person sees the id.
 */
export function t(id: string, args?: MessageArgs): string {
  const text = format(chosen, id, args);
  if (text === null) return missing(id);
  return text;
}

/** Whether the catalogue has `id` in the chosen language. */
export function has(id: string): boolean {
  return BUNDLES[chosen].hasMessage(id);
}

/** The sentence for something that was not done. */
export function problemText(problem: Problem): string {
  const id = `error-${problem.code}`;
  return has(id) ? t(id, problem.args) : t('board-unknown-problem', { code: problem.code });
}

/** The sentence for one thing that stands against a visit. */
export function findingText(finding: Finding): string {
  const first = finding.with[0];
  const plain = `finding-${finding.code}`;
  // Some sentences can name what they are about: which break, whose hours.
  const named = `${plain}-named`;
  return t(finding.name && has(named) ? named : plain, {
    name: finding.name ?? '',
    count: finding.with.length,
    patient: first?.name ?? '',
    practitioner: first?.practitioner ?? '',
    start: first?.start.slice(11, 16) ?? '',
  });
}

function bundle(tag: Language, sources: readonly string[]): FluentBundle {
  // Isolation marks would show up in attributes and be read aloud; both
  // languages run the same way.
  const made = new FluentBundle(LOCALES[tag], { useIsolating: false });
  for (const source of sources) {
    const errors = made.addResource(new FluentResource(source));
    if (errors.length > 0) throw errors[0];
  }
  return made;
}

function format(tag: Language, id: string, args?: MessageArgs): string | null {
  const message = BUNDLES[tag].getMessage(id);
  if (!message?.value) return null;
  const errors: Error[] = [];
  const text = BUNDLES[tag].formatPattern(message.value, args ?? null, errors);
  if (errors.length > 0) report(`${id}: ${errors[0]?.message}`);
  return text;
}

function missing(id: string): string {
  report(`no message ${id} in ${chosen}`);
  return id;
}

function report(what: string): void {
  if (import.meta.env.MODE === 'test') throw new Error(what);
  console.error(what);
}
