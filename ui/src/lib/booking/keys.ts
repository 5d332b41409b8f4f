/** The keys a panel at the side answers to, wherever the focus is. */

/** What a key asks of a panel. */
export type PanelKey =
  { kind: 'number'; number: number } | { kind: 'save' } | { kind: 'park' } | { kind: 'close' };

/**
 * What `event` asks; `null` where it is meant for something else. Digits alone
 * count while nobody is typing, with Alt always.
 */
export function panelKey(event: KeyboardEvent): PanelKey | null {
  if (event.defaultPrevented || event.repeat) return null;
  if (event.key === 'Enter') return event.ctrlKey || event.metaKey ? { kind: 'save' } : null;
  if (event.ctrlKey || event.metaKey) return null;
  if (event.key === 'F8') return { kind: 'park' };
  if (event.key === 'Escape') return { kind: 'close' };
  // By the key's place: Alt changes what a key writes on some keyboards.
  const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1] ?? /^[1-4]$/.exec(event.key)?.[0];
  if (digit === undefined || (!event.altKey && isTyping(event.target))) return null;
  return { kind: 'number', number: Number(digit) };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)) ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
