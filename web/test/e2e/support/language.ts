// The language that a browser's user prefers.
import type { Page } from '@playwright/test';

/** The user changes the language of the browser while the page is open. */
export async function preferLanguage(page: Page, lang: string): Promise<void> {
  await page.evaluate((lang) => {
    Object.defineProperty(navigator, 'languages', { configurable: true, value: [lang] });
    dispatchEvent(new Event('languagechange'));
  }, lang);
}
