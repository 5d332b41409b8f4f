// What can stand in the window, at the side of the board and over it.

import type { Finding, MoveVisit, Problem, RequestView, VisitCard, VisitWish } from '$lib/api/types';
import type { Words } from '$lib/board/status';
import type { BookingStart, ParkedBooking } from '$lib/booking';

/** What fills the window below the top bar. */
export type Page = 'board' | 'requests' | 'conflicts';

/** What stands at the right of the board. */
export type Panel =
  | { kind: 'booking'; start: BookingStart; resumed: ParkedBooking | undefined }
  | { kind: 'visit'; id: string };

/** The visit as it is wished in the booking panel. */
export interface Ghost {
  wish: VisitWish;
  /** The visits it would run into. */
  clashing: readonly string[];
  /** Whose visit; may be empty. */
  patient: string;
}

/** What lies over the page. */
export type Overlay =
  | { kind: 'find' }
  | { kind: 'keys' }
  | { kind: 'month' }
  | { kind: 'settings' }
  | { kind: 'connection' }
  | { kind: 'since' }
  | { kind: 'decline'; request: RequestView }
  | { kind: 'cancel'; visit: VisitCard }
  | { kind: 'confirm-move'; visit: VisitCard; to: MoveVisit; findings: Finding[] };

/** Something that was not done: what, and why. */
export interface Notice {
  /** What did not happen. */
  title: Words;
  /** How things stand and what to do. */
  problem: Problem;
}
