// The page the calendar's library makes, put right for whoever hears it.

/**
 * The calendar calls itself a table; cards are buttons, and the rest is a
 * picture of time. The gutter with the hours scrolls with what it belongs to.
 */
export function calm(board: HTMLElement, gutter: HTMLElement | undefined): void {
  const main = board.querySelector('.ec-main');
  if (main && gutter && gutter.parentElement !== main) main.append(gutter);
  for (const element of board.querySelectorAll('.ec [role]:not(.card), .ec[role]')) {
    element.setAttribute('role', 'none');
    element.removeAttribute('aria-colindex');
  }
}
