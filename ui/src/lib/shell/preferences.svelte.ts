// How this computer's user wants the screens; kept on the computer.

import type { RowHeight } from '$lib/board/measure';
import { ROW_HEIGHTS } from '$lib/board/measure';
import { LANGUAGES, likelyLanguage, setLanguage, type Language } from '$lib/i18n';

/** Light, dark, or as the computer has it. */
export type Theme = 'light' | 'dark' | 'system';

/** Every theme, in the order a chooser shows them. */
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

interface Kept {
  language: Language;
  theme: Theme;
  privacy: boolean;
  struck: boolean;
  rows: RowHeight | 'fit';
  letterKeys: boolean;
}

const KEY = 'chairside.preferences';

/** The user's choices. Setting one shows at once and is kept. */
export class Preferences {
  #kept = $state<Kept>(read());

  /** The screens' language. */
  get language(): Language {
    return this.#kept.language;
  }
  set language(language: Language) {
    this.#set({ language });
    setLanguage(language);
  }

  /** Light, dark, or as the computer has it. */
  get theme(): Theme {
    return this.#kept.theme;
  }
  set theme(theme: Theme) {
    this.#set({ theme });
    this.#showTheme();
  }

  /** Patients are shown by initials, for screens that patients can see. */
  get privacy(): boolean {
    return this.#kept.privacy;
  }
  set privacy(privacy: boolean) {
    this.#set({ privacy });
  }

  /** Missed and cancelled visits stay on the board, struck. */
  get struck(): boolean {
    return this.#kept.struck;
  }
  set struck(struck: boolean) {
    this.#set({ struck });
  }

  /** How high 15 minutes are; `fit` shows the whole day. */
  get rows(): RowHeight | 'fit' {
    return this.#kept.rows;
  }
  set rows(rows: RowHeight | 'fit') {
    this.#set({ rows });
  }

  /** Single letters work as keys anywhere. Off, for people whose speech or switch input types letters. */
  get letterKeys(): boolean {
    return this.#kept.letterKeys;
  }
  set letterKeys(letterKeys: boolean) {
    this.#set({ letterKeys });
  }

  /** Shows the choices on the page, and follows the computer's theme; answers how to stop. */
  apply(): () => void {
    setLanguage(this.#kept.language);
    this.#showTheme();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => this.#showTheme();
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }

  #set(change: Partial<Kept>): void {
    Object.assign(this.#kept, change);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch (error) {
      // A full or forbidden storage costs the choice at the next start, nothing now.
      console.error('preferences are not kept', error);
    }
  }

  #showTheme(): void {
    const { theme } = this.#kept;
    const dark =
      theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }
}

function read(): Kept {
  const kept = parse();
  const one = <T>(value: unknown, of: readonly T[], otherwise: T): T =>
    of.includes(value as T) ? (value as T) : otherwise;
  return {
    language: one(kept['language'], LANGUAGES, likelyLanguage()),
    theme: one(kept['theme'], THEMES, 'system'),
    privacy: kept['privacy'] === true,
    struck: kept['struck'] !== false,
    rows: one<RowHeight | 'fit'>(kept['rows'], [...ROW_HEIGHTS, 'fit'], 'fit'),
    letterKeys: kept['letterKeys'] !== false,
  };
}

function parse(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Nobody but this program writes there; what can't be read is as good as nothing.
    return {};
  }
}
