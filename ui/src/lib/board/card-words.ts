// What a card says: as much of its status as there is room for, and in full to
// whoever hears it or rests the pointer on it.

import { t } from '$lib/i18n';
import type { CardContent } from './measure';
import type { StatusLook } from './status';
import { NAME_STYLE, STATUS_STYLE, textWidth } from './text-width.svelte';

/** Borders and padding at both sides, what stands between name and status, and the status' icon with its gap. */
const CARD_PADDING = 20;
const NAME_GAP = 6;
const STATUS_ICON = 18;

/**
 * The longest words of a status that leave the name whole on a card of `width`
 * CSS pixels at 100 %; empty: the icon says it. The name is cut last.
 */
export function fittingWords(look: StatusLook, content: CardContent, name: string, width: number): string {
  if (content.status !== 'words') return '';
  const short = t(look.short.id, look.short.args);
  const choices = content.mode === 'wide' ? [t(look.words.id, look.words.args), short] : [short];
  const room = width - CARD_PADDING - (content.statusLine ? 0 : textWidth(name, NAME_STYLE) + NAME_GAP);
  return choices.find((choice) => STATUS_ICON + textWidth(choice, STATUS_STYLE) <= room) ?? '';
}

/** All there is to say of a visit; what isn't there, or is not for every eye, is empty. */
export interface CardFacts {
  name: string;
  time: string;
  kind: string;
  status: string;
  alert: string;
  note: string;
}

/** The card as it is read aloud. */
export function spoken({ name, time, kind, status, alert }: CardFacts, practitioner: string): string {
  return joined([t('card-label', { name, time, kind, status, practitioner }), alert], ', ');
}

/** What the card itself may have no room for, line by line. */
export function hover({ name, time, kind, status, alert, note }: CardFacts): string {
  return joined([`${time} ${name}`, kind, status, alert, note], '\n');
}

function joined(parts: readonly string[], between: string): string {
  return parts.filter((part) => part !== '').join(between);
}
