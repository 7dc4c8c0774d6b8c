// What screen readers say while a chat is open: what others write, in the order in which it comes. The log itself is quiet, since it
// also shows own messages, and what is from before this page.

/** How many are kept: far more than are still to be said. */
const most = 100;

/** How many are read out in a spell of so many milliseconds. Of more only the number is: nobody listens to a thousand. */
const aSpell = 10;
const spellMs = 1000;

export class Announcer {
  private last: Promise<void> = Promise.resolve();
  /** How many have come in this spell. */
  private come = 0;

  /** `more` says that there are so many others. */
  constructor(
    private readonly region: HTMLElement,
    private readonly more: (count: number) => string,
  ) {}

  /** Has a text read out, after those before it. */
  say(text: () => Promise<string>): void {
    if (this.come++ === 0) setTimeout(() => this.endSpell(), spellMs);
    if (this.come <= aSpell) this.add(text);
  }

  private endSpell(): void {
    const others = this.come - aSpell;
    this.come = 0;
    if (others > 0) this.add(async () => this.more(others));
  }

  private add(text: () => Promise<string>): void {
    this.last = this.last.then(async () => {
      const line = document.createElement('p');
      line.textContent = await text();
      this.region.append(line);
      if (this.region.childElementCount > most) this.region.firstElementChild!.remove();
    });
  }
}
