// Pages that a test takes out of sight and back, as with another tab in front of them, and the sounds that they make then.
// Headless browsers hide no page.
import type { BrowserContext, Page } from '@playwright/test';

declare global {
  interface Window {
    outOfSight(out: boolean): void;
    notes: number;
  }
}

/** Prepares the pages that the context opens from now on. */
export async function hideable(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    let out = false;
    Object.defineProperty(document, 'visibilityState', { get: () => (out ? 'hidden' : 'visible') });
    window.outOfSight = (now) => {
      out = now;
      document.dispatchEvent(new Event('visibilitychange'));
    };
  });
}

/** Takes a page out of sight (true) or back. */
export async function hide(page: Page, out: boolean): Promise<void> {
  await page.evaluate((out) => window.outOfSight(out), out);
}

/** Counts the notes that the context's pages play from now on. */
export async function soundCounter(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    window.notes = 0;
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (at) {
      window.notes++;
      start.call(this, at);
    };
  });
}

/** How many notes a page has played since it was loaded. A sound of ours has two. */
export function notes(page: Page): Promise<number> {
  return page.evaluate(() => window.notes);
}
