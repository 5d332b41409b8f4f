/**
 * One question at a time, of which only the latest counts: an answer to an
 * older one is dropped, however late it comes, so that a slow answer never
 * overwrites a newer one.
 */
export class Latest {
  #ticket = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks after `delayMs` without another question; `answered` and `failed` hear of the latest only. */
  ask<T>(
    delayMs: number,
    question: () => Promise<T>,
    answered: (answer: T) => void,
    failed: (error: unknown) => void,
  ): void {
    this.drop();
    const ticket = this.#ticket;
    const put = (): void => {
      question().then(
        (answer) => {
          if (ticket === this.#ticket) answered(answer);
        },
        (error: unknown) => {
          if (ticket === this.#ticket) failed(error);
        },
      );
    };
    if (delayMs === 0) put();
    else this.#timer = setTimeout(put, delayMs);
  }

  /** Forgets the question under way. */
  drop(): void {
    this.#ticket += 1;
    clearTimeout(this.#timer);
  }
}
