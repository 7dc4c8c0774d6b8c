// A text beside the launcher that invites visitors to ask: after a time, on some of the site's pages, once in a visit. Nothing is
// loaded for it.

import { tabEntry } from '../ui/storage';

const shown = tabEntry('parley.teaser');

/** In seconds. */
const usual = 10;
const longest = 86_400;

export interface Plan {
  text: string;
  /** Seconds after which it comes. What is no number is 10. */
  after: string | null;
  /** Paths with `*` for anything, between blanks; '' is all. */
  on: string;
}

export class Teaser {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `may` says whether nothing is in its way. */
  constructor(
    private readonly may: () => boolean,
    private readonly show: (text: string) => void,
  ) {}

  /** Plans it in place of the one before. */
  plan({ text, after, on }: Plan): void {
    clearTimeout(this.timer);
    if (!text || shown.get()) return;
    const seconds = Number(after ?? Number.NaN);
    this.timer = setTimeout(() => this.come(text, on), Math.min(seconds >= 0 ? seconds : usual, longest) * 1000);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** A page that nobody looks at waits until somebody does. */
  private come(text: string, on: string): void {
    if (document.visibilityState === 'hidden') {
      document.addEventListener('visibilitychange', () => this.come(text, on), { once: true });
      return;
    }
    if (shown.get() || !this.may() || !matches(on, location.pathname)) return;
    shown.set('yes');
    this.show(text);
  }
}

/** Whether a path is one of these, with `*` for anything. */
export function matches(patterns: string, path: string): boolean {
  const all = patterns.split(/\s+/).filter(Boolean);
  const fits = (pattern: string) => {
    const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(path);
  };
  return all.length === 0 || all.some(fits);
}
