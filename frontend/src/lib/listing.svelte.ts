/** A list of the API that is read a page at a time. */
import type { Page } from '$lib/api';
import { Loading } from './load.svelte';

export class Listing<T> {
  readonly #pages = new Loading<Page<T>>();
  #turned = false;

  /** `ask` answers the page that begins at a cursor; the first page at none. */
  constructor(readonly ask: (cursor: string | null) => Promise<Page<T>>) {}

  /** What was read so far; null until there is anything. */
  get items(): T[] | null {
    return this.#pages.value?.items ?? null;
  }
  get error(): unknown {
    return this.#pages.error;
  }
  get busy(): boolean {
    return this.#pages.busy;
  }
  /** Whether the list goes on. */
  get more(): boolean {
    return Boolean(this.#pages.value?.next_cursor);
  }

  /** From its beginning; what is shown stays until the answer is there. */
  load = (): Promise<void> => {
    this.#turned = false;
    return this.#pages.run(() => this.ask(null));
  };

  /** The next page, below what is there. */
  turn = (): Promise<void> => {
    const held = this.#pages.value;
    this.#turned = true;
    return this.#pages.run(async () => {
      const next = await this.ask(held?.next_cursor ?? null);
      return { ...next, items: [...(held?.items ?? []), ...next.items] };
    });
  };

  /** What did not work, once more. */
  again = (): Promise<void> => (this.#turned ? this.turn() : this.load());

  /** What came and went meanwhile, by itself; nobody loses the pages they turned. */
  async look(): Promise<void> {
    if (!this.#turned) await this.#pages.look(() => this.ask(null));
  }

  /** Nothing is shown, for what is asked has changed. */
  forget(): void {
    this.#turned = false;
    this.#pages.forget();
  }
}
