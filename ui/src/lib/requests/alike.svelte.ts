// Whom the clinic knows who may be the one that asks.

import { asProblem, call } from '$lib/api/backend';
import type { PatientHit, RequestView } from '$lib/api/types';

/** Patients who are perhaps the same as a request's. */
export class Alike {
  /** Those of the request that was read last. */
  hits = $state.raw<readonly PatientHit[]>([]);
  #of = '';

  /** Reads them; there are none for what isn't a new visit. */
  async read(request: RequestView | null): Promise<void> {
    // Where no place is kept yet, nobody was taken down who could be like another.
    const patient = request?.wish === 'book' && request.appointment !== null ? request.patient.id : '';
    if (this.#of === patient) return;
    this.#of = patient;
    this.hits = [];
    if (patient === '') return;
    try {
      const hits = await call('likely_same', { id: patient });
      if (this.#of === patient) this.hits = hits;
    } catch (thrown) {
      // The request can be answered all the same, and who it is said later.
      console.error('who a patient is like could not be read', asProblem(thrown).code);
    }
  }
}
