// The application around the screens, as the screens know it.

import * as api from '$lib/api/application';
import type { ApplicationView, Choose, Leave } from '$lib/api/application';
import { asProblem } from '$lib/api/backend';
import type { Problem } from '$lib/api/types';

/** What runs the window; all of it stays `null` in a browser. */
export class Application {
  /** How it stands. */
  view = $state.raw<ApplicationView | null>(null);
  /** Why something chosen was not done. */
  problem = $state.raw<Problem | null>(null);

  /** Follows it from now on, and shows the requests when a notification was clicked; answers how to stop. */
  start(showRequests: () => void): () => void {
    if (!api.hasApplication()) return () => {};
    const stops = [
      api.onApplication(() => void this.#take(api.application)),
      api.onRequestsWanted(showRequests),
    ];
    void this.#take(api.application);
    return () => stops.forEach((stop) => stop());
  }

  /** Has it behave otherwise. */
  choose(what: Choose): Promise<void> {
    return api.hasApplication() ? this.#take(() => api.choose(what)) : Promise.resolve();
  }

  /** Does what a person answered. */
  leave(how: Leave): Promise<void> {
    return this.#do(() => api.leave(how));
  }

  async #take(ask: () => Promise<ApplicationView>): Promise<void> {
    await this.#do(async () => {
      this.view = await ask();
    });
  }

  async #do(what: () => Promise<void>): Promise<void> {
    this.problem = null;
    try {
      await what();
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }
}
