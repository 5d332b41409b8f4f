// Walking over the rows of a list with the arrow keys. Rows carry `data-row`
// with their key, and the one that Tab reaches has `tabindex="0"`.

/** The key of the row an event happened in; `null` outside of one. */
export function rowOf(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest('[data-row]')?.getAttribute('data-row') ?? null) : null;
}

/** Moves the focus along the rows of `list` if `event` asks for that; answers whether it did. */
export function walkRows(event: KeyboardEvent, list: HTMLElement): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
  const rows = [...list.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || (at === -1 && event.key === 'ArrowUp')) return false;
  event.preventDefault();
  const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
  return true;
}

/** Puts the focus on a row of `list`, or on its first one. */
export function focusRow(list: HTMLElement | undefined, key: string | null): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  (rows.find((row) => row.dataset['row'] === key) ?? rows[0])?.focus();
}
