// What screen readers say while a chat is open: what others write, in the order in which it comes. The log itself is quiet, since it
// also shows own messages, and what is from before this page.

/** How many are kept: far more than are still to be said. */
const most = 100;

export class Announcer {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly region: HTMLElement) {}

  /** Has a text read out, after those before it. */
  say(text: () => Promise<string>): void {
    this.last = this.last.then(async () => {
      const line = document.createElement('p');
      line.textContent = await text();
      this.region.append(line);
      if (this.region.childElementCount > most) this.region.firstElementChild!.remove();
    });
  }
}
