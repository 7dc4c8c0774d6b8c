// Files that people give to a page, and get from it.

import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';

/** A file in the file dialog. */
export interface ChosenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A file that is made in the page: a text, or so many zero bytes. */
export interface PageFile {
  name: string;
  type: string;
  text?: string;
  bytes?: number;
}

/** Drops a file onto an element, or pastes it there. */
export async function give(at: Locator, how: 'drop' | 'paste', file: PageFile): Promise<void> {
  await at.evaluate(
    (element, { how, file }) => {
      const data = new DataTransfer();
      data.items.add(new File([file.text ?? new Uint8Array(file.bytes ?? 0)], file.name, { type: file.type }));
      const options = { bubbles: true, cancelable: true };
      if (how === 'paste') {
        const paste = new ClipboardEvent('paste', options);
        Object.defineProperty(paste, 'clipboardData', { value: data }); // Firefox would take no files from the options
        return element.dispatchEvent(paste);
      }
      for (const type of ['dragover', 'drop']) element.dispatchEvent(new DragEvent(type, { ...options, dataTransfer: data }));
    },
    { how, file },
  );
}

/** Saves by a click and gives the file. */
export async function saved(page: Page, click: () => Promise<void>): Promise<{ name: string; content: Buffer }> {
  const coming = page.waitForEvent('download');
  await click();
  const download = await coming;
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
}
