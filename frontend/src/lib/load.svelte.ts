/** A thing that is read from the API: loading, there, or in trouble. */
export class Loading<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  #turn = 0;

  /** Runs `load`; an older answer never replaces a newer one. */
  async run(load: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    this.error = null;
    try {
      const value = await load();
      if (turn === this.#turn) this.value = value;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  /** Reads it again by itself: nothing blinks meanwhile, and a failure leaves what is shown. */
  async look(load: () => Promise<T>): Promise<void> {
    if (this.busy) return;
    const turn = ++this.#turn;
    const value = await load().catch(() => null);
    if (value === null || turn !== this.#turn) return;
    this.value = value;
    this.error = null;
  }

  /** Drops what was read, for what it was asked of has changed; an answer under way is ignored. */
  forget(): void {
    this.#turn++;
    this.value = this.error = null;
    this.busy = false;
  }
}
