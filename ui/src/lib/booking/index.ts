/** Booking and everything around one visit: what the board opens at its side. */

export { default as BookingPanel } from './BookingPanel.svelte';
export { default as CancelDialog } from './CancelDialog.svelte';
export { default as ConfirmMove } from './ConfirmMove.svelte';
export { default as FindPatient } from './FindPatient.svelte';
export { default as VisitPanel } from './VisitPanel.svelte';
export type { BookingStart } from './booking.svelte';
export { parked, type ParkedBooking } from './parked.svelte';
export { patientLabel } from './patient-label';
