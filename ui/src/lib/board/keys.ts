// What the keys do. Status keys only act while a card has the focus.

/** Something a key on a focused card asks for. */
export type CardAction =
  | { do: 'walk'; to: 'up' | 'down' | 'left' | 'right' | 'first' | 'last' }
  | { do: 'move'; steps: number; columns: number }
  | { do: 'lengthen'; steps: number }
  | { do: 'next' | 'back' | 'missed' | 'cancel' | 'open' | 'confirm' | 'decline' };

/** Something a key anywhere asks for. */
export type GlobalAction =
  | 'new'
  | 'find'
  | 'today'
  | 'previous'
  | 'following'
  | 'goto'
  | 'undo'
  | 'keys'
  | 'requests'
  | 'conflicts'
  | 'since';

/** A key press, as far as it matters. */
export type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const ARROWS = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' } as const;

/** What a press on a focused card asks for; `null`: nothing of its own. */
export function cardAction(press: Press, letterKeys = true): CardAction | null {
  const { key, altKey, shiftKey } = press;
  if (press.ctrlKey || press.metaKey) return null;
  const arrow = key in ARROWS ? ARROWS[key as keyof typeof ARROWS] : null;
  if (arrow) {
    const along = arrow === 'down' ? 1 : arrow === 'up' ? -1 : 0;
    const across = arrow === 'right' ? 1 : arrow === 'left' ? -1 : 0;
    if (altKey) return { do: 'move', steps: along, columns: across };
    if (shiftKey) return along === 0 ? null : { do: 'lengthen', steps: along };
    return { do: 'walk', to: arrow };
  }
  if (altKey) return null;
  switch (key) {
    case 'Home':
      return { do: 'walk', to: 'first' };
    case 'End':
      return { do: 'walk', to: 'last' };
    case ' ':
      return { do: 'next' };
    case 'Enter':
      return { do: 'open' };
    case 'Delete':
      return { do: 'cancel' };
    case 'Backspace':
      return { do: 'back' };
  }
  if (!letterKeys) return null;
  switch (key.toLowerCase()) {
    case 'x':
      return { do: 'cancel' };
    case 'u':
      return { do: 'back' };
    case 'm':
      return { do: 'missed' };
    case 'a':
      return { do: 'confirm' };
    case 'd':
      return { do: 'decline' };
  }
  return null;
}

/** What a press anywhere asks for; `null`: nothing. */
export function globalAction(press: Press, letterKeys = true): GlobalAction | null {
  const { key } = press;
  if (press.ctrlKey || press.metaKey) {
    if (press.altKey) return null;
    switch (key.toLowerCase()) {
      case 'k':
        return 'find';
      case 'z':
        return press.shiftKey ? null : 'undo';
      case 'arrowleft':
        return 'previous';
      case 'arrowright':
        return 'following';
    }
    return null;
  }
  if (press.altKey) return null;
  if (key === 'PageUp') return 'previous';
  if (key === 'PageDown') return 'following';
  if (!letterKeys) return null;
  if (key === '?') return 'keys';
  switch (key.toLowerCase()) {
    case 'n':
      return 'new';
    case 't':
      return 'today';
    case 'g':
      return 'goto';
    case 'r':
      return 'requests';
    case 'c':
      return 'conflicts';
    case 's':
      return 'since';
  }
  return null;
}
