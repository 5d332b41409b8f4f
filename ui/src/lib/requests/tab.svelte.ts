// Which tab of the requests is looked at: it stays while the window is open.

/** A tab of the requests' page. */
export type RequestsTab = 'waiting' | 'all' | 'ledger';

/** The one that is shown. */
export const requestsTab = $state<{ shown: RequestsTab }>({ shown: 'waiting' });
