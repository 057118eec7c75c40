/** What a person does on a screen, one thing at a time: under way, done (in words), or failed. */
export class Doing {
  busy = $state(false);
  error = $state.raw<unknown>(null);
  said = $state('');

  /** `after`: what the screen reads anew once something was done. */
  constructor(private after: () => Promise<unknown> = () => Promise.resolve()) {}

  /** Does it; `words` say afterwards that it was done. */
  async run(work: () => Promise<unknown>, words = ''): Promise<void> {
    this.busy = true;
    this.error = null;
    this.said = '';
    try {
      await work();
      this.said = words;
      await this.after();
    } catch (trouble) {
      this.error = trouble;
    } finally {
      this.busy = false;
    }
  }
}
