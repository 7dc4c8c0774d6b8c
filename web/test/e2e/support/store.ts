// The store in which a browser keeps what is not sent yet, seen from outside.
import type { Page } from '@playwright/test';

/** Whose messages they are, and what they say. */
export interface LeftMessages {
  user: string;
  chatId: string;
  texts: string[];
  /** What their ids begin with, which gives their order; without it they are as pages make them, by the time. */
  ids?: string;
}

/** Puts messages into the page's store as pages leave them that have ended. */
export function leave(page: Page, left: LeftMessages): Promise<void> {
  return page.evaluate(async ({ user, chatId, texts, ids }) => {
    const [{ name }] = (await indexedDB.databases()) as [{ name: string }];
    const database = await new Promise<IDBDatabase>(
      (resolve) => (indexedDB.open(name).onsuccess = ({ target }: any) => resolve(target.result)),
    );
    const transaction = database.transaction('records', 'readwrite');
    const at = Date.now() - texts.length;
    for (const [i, message] of texts.entries()) {
      const number = String(i).padStart(6, '0');
      const id = ids ? `${ids} ${number}` : `${(at + i).toString(16).padStart(12, '0')}${number.padStart(20, '0')}`;
      transaction
        .objectStore('records')
        .put({ id, appId: 'demo', userId: user, chatId, event: 'messages:new', data: { chatId, message }, at: at + i, tab: 'ended' }, id);
    }
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
  }, left);
}

/** What the page's store has, in its order. */
export function records(page: Page): Promise<any[]> {
  return page.evaluate(async () => {
    const [found] = await indexedDB.databases();
    if (!found) return [];
    return new Promise<any[]>((resolve) => {
      indexedDB.open(found.name!).onsuccess = ({ target: { result: database } }: any) => {
        database.transaction('records').objectStore('records').getAll().onsuccess = ({ target }: any) => {
          database.close();
          resolve(target.result);
        };
      };
    });
  });
}
