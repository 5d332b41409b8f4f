export {
  findingText,
  has,
  language,
  LANGUAGES,
  likelyLanguage,
  locale,
  problemText,
  setLanguage,
  t,
} from './messages.svelte';
export type { Language, MessageArgs } from './messages.svelte';
export * from './dates';
