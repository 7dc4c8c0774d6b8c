// A store that is not as it should be: what can be read is sent, what cannot is told
// of, and the chat works.
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { enter, openChat, outcome } from './support/sdk.ts';
import { leave, records } from './support/store.ts';

/** Reloads the page and initialises, noting what it is told of; the chat that is open is window.chat. */
const again = async (page: Page) => {
  await page.reload();
  return page.evaluate(async () => {
    window.seen = [];
    ICF.Parley.on('error', (data) => window.seen.push(['error', data]));
    await ICF.init({ appId: 'demo' });
    window.chat = Object.values(ICF.Lobby.chats)[0]!;
  });
};
/** Does with `records` and a good record, `good`, what stands in `put`. */
const odd = (page: Page, user: string, chatId: string, put: string) =>
  page.evaluate(
    async ([put, userId, chatId]) => {
      const [{ name }] = (await indexedDB.databases()) as [{ name: string }];
      await new Promise<void>((resolve) => {
        indexedDB.open(name).onsuccess = ({ target: { result: database } }: any) => {
          const transaction = database.transaction('records', 'readwrite');
          const good = { id: '1', appId: 'demo', userId, chatId, event: 'messages:new', data: { chatId, message: 'odd' }, at: Date.now() };
          new Function('records', 'good', put)(transaction.objectStore('records'), good);
          transaction.oncomplete = () => resolve(database.close());
        };
      });
    },
    [put, user, chatId] as const,
  );
const told = (page: Page) => page.evaluate(() => window.seen.map(([, { message }]) => message));
const log = async (url: string, token: string, chatId: string): Promise<string[]> =>
  (await rest(url, token, 'GET', `/chats/${chatId}/messages`)).messages.map(({ message }: any) => message);

const nonsense: [what: string, put: string, problem: string][] = [
  ['a number', `records.put(42, "1")`, 'cannot be read'],
  ['null', `records.put(null, "1")`, 'cannot be read'],
  ['a key that is not its id', `records.put({ ...good, id: "2" }, "1")`, 'cannot be read'],
  ['a key that is a number', `records.put({ ...good, id: 1 }, 1)`, 'cannot be read'],
  ['an empty key', `records.put({ ...good, id: "" }, "")`, 'cannot be read'],
  ['nothing but an id', `records.put({ id: "1" }, "1")`, 'cannot be read'],
  ['types that are wrong', `records.put({ ...good, event: 7, at: "yesterday", chatId: [] }, "1")`, 'cannot be read'],
  ['a request that is never stored', `records.put({ ...good, event: "ping" }, "1")`, 'cannot be read'],
  ['a time in a year that no clock has', `records.put({ ...good, at: 2 ** 52 }, "1")`, ''],
  ['a circle', `good.data.circle = good; records.put(good, "1")`, 'cannot be read'],
  ['a BigInt', `records.put({ ...good, data: 1n }, "1")`, 'cannot be read'],
  [
    'what is nested without end',
    `for (let i = 0, at = good.data; i < 3000; i++) at = at.deep = {}; records.put(good, "1")`,
    'cannot be read',
  ],
  ['more than the server takes', `records.put({ ...good, data: { ...good.data, message: "x".repeat(300_000) } }, "1")`, 'bytes long'],
  ['a page that is no text', `records.put({ ...good, tab: { a: 1 } }, "1")`, ''],
];

test('a store with nonsense in it: the good part is sent, the bad is told of and gone', async ({ sdk, server }) => {
  const page = await sdk();
  const { id: user, token } = await enter(page);
  const chatId = await openChat(page);
  const sent: string[] = [];
  for (const [what, put, problem] of nonsense) {
    await leave(page, { user, chatId, texts: [`beside ${what}`, 'and after it'], ids: `9 ${what}` });
    await odd(page, user, chatId, put);
    await again(page);
    sent.push(`beside ${what}`, 'and after it');
    await expect.poll(async () => (await log(server.url, token, chatId)).filter((text) => text !== 'odd'), what).toEqual(sent);
    await expect.poll(() => records(page), what).toEqual([]);
    if (problem) expect(await told(page), what).toEqual([expect.stringContaining(problem)]);
  }
  expect(await outcome(page, `chat.sendMessage("goes on").then(({ message }) => message.message)`)).toEqual({ value: 'goes on' });
});

const replaced = (page: Page, version: number, upgrade: string) =>
  page.evaluate(
    async ([version, upgrade]) => {
      const [{ name }] = (await indexedDB.databases()) as [{ name: string }];
      await new Promise((resolve) => (indexedDB.deleteDatabase(name!).onsuccess = resolve));
      await new Promise<void>((resolve) => {
        const request = indexedDB.open(name!, version);
        request.onupgradeneeded = () => new Function('database', upgrade)(request.result);
        request.onsuccess = () => resolve(request.result.close());
      });
    },
    [version, upgrade] as const,
  );

for (const [what, version, upgrade] of [
  ['of a later version', 9, `database.createObjectStore("records")`],
  ['without records', 1, ''],
  ['laid out otherwise', 1, `database.createObjectStore("records", { keyPath: "key" })`],
] as const)
  test(`a database ${what}: messages are sent all the same, and the page is told once`, async ({ sdk, link }) => {
    const page = await sdk({ server: link.url });
    await enter(page);
    await openChat(page);
    await replaced(page, version, upgrade);
    await again(page);
    link.hold(true); // what is answered before it is written is not written
    const sent = outcome(page, `Promise.all(["1", "2"].map((text) => chat.sendMessage(text))).then((sent) => sent.length)`);
    await expect.poll(() => told(page)).toEqual([expect.stringContaining('cannot be stored')]);
    link.hold(false);
    expect(await sent).toEqual({ value: 2 });
    expect(await outcome(page, 'chat.sendMessage("3").then(() => ICF.Parley.pending())')).toEqual({ value: [] });
    expect(await told(page)).toHaveLength(1);
  });

test('a database that is deleted while a page uses it is made anew', async ({ sdk, link }) => {
  const page = await sdk();
  await enter(page, { appId: 'demo', server: link.url });
  await openChat(page);
  await page.evaluate(() => void ICF.Parley.on('error', (data) => window.seen.push(['error', data])));
  await page.evaluate(async () => {
    const [{ name }] = (await indexedDB.databases()) as [{ name: string }];
    await new Promise((resolve) => (indexedDB.deleteDatabase(name).onsuccess = resolve));
  });
  link.hold(true);
  await page.evaluate(() => void window.chat.sendMessage('kept').catch(() => {}));
  await expect.poll(async () => (await records(page)).map(({ data }) => data.message)).toEqual(['kept']);
  expect(await told(page)).toEqual([]);
});
