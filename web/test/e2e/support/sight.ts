// Pages that a test takes out of sight and back, as with another tab in front of them. Headless browsers hide no page.
import type { BrowserContext, Page } from '@playwright/test';

declare global {
  interface Window {
    outOfSight(out: boolean): void;
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
