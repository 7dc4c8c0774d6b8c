// What pages that have ended left, more than a core is given at once.
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { enter, openChat, restore } from './support/sdk.ts';
import { leave, records } from './support/store.ts';

const log = async (url: string, token: string, chatId: string): Promise<string[]> =>
  (await rest(url, token, 'GET', `/chats/${chatId}/messages`)).messages.map(({ message }: any) => message);
const numbered = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what} ${i}`);
// The page notes the most that the core has held of it.
const watched = (page: Page, then: () => void = () => {}) =>
  page.evaluate(async (then) => {
    (window as any).most = 0;
    ICF.Parley.on('message', () => ((window as any).most = Math.max((window as any).most, ICF.Parley.pending().length)));
    await ICF.init({ appId: 'demo' });
    window.chat = Object.values(ICF.Lobby.chats)[0]!;
    (0, eval)(`(${then})()`);
  }, String(then));

/** From now on the page's messages get nowhere, while all else does. */
const silence = (page: Page) =>
  page.routeWebSocket(/\/v1\/socket/, (socket) => {
    const up = socket.connectToServer();
    socket.onMessage((frame) => void (String(frame).includes('messages:new') || up.send(frame)));
  });

test('many messages that were left: all arrive, once and in order, a part at a time, and before what this page says', async ({
  sdk,
  server,
}) => {
  const page = await sdk();
  const { id: user, token } = await enter(page);
  const chatId = await openChat(page);
  const texts = numbered('left', 1500);
  await leave(page, { user, chatId, texts });
  await page.reload();
  await watched(page, () => void window.chat.sendMessage("and this page's"));
  await expect.poll(() => log(server.url, token, chatId), { timeout: 30_000 }).toEqual([...texts, "and this page's"]);
  expect(await page.evaluate(() => (window as any).most)).toBeLessThan(300);
  await expect.poll(() => records(page)).toEqual([]);
});

test('a page that is reloaded again and again on the way loses none and doubles none', async ({ sdk, server }) => {
  const page = await sdk();
  const { id: user, token } = await enter(page);
  const chatId = await openChat(page);
  const texts = numbered('left', 1500);
  await leave(page, { user, chatId, texts });
  for (const some of [1, 400, 900]) {
    await page.reload();
    await watched(page);
    await expect
      .poll(async () => (await log(server.url, token, chatId)).length, { timeout: 20_000, intervals: [20] })
      .toBeGreaterThan(some);
  }
  await page.reload();
  await watched(page);
  await expect.poll(() => log(server.url, token, chatId), { timeout: 30_000 }).toEqual(texts);
  await expect.poll(() => records(page)).toEqual([]);
});

test('a message said on the way is sent after all of it, by a later page too, though the clock was set back', async ({
  sdk,
  server,
  context,
}) => {
  const page = await sdk();
  const { id: user, token } = await enter(page);
  const chatId = await openChat(page);
  const texts = numbered('left', 600);
  await leave(page, { user, chatId, texts });
  await page.goto('about:blank');
  const setBack = await context.newPage();
  await setBack.addInitScript(() => {
    const origin = performance.timeOrigin - 3_600_000;
    Object.defineProperty(performance, 'timeOrigin', { get: () => origin });
  });
  await silence(setBack);
  await sdk({ page: setBack });
  await restore(setBack);
  await setBack.evaluate(() => void window.chat.sendMessage('mine').catch(() => {}));
  await expect.poll(async () => (await records(setBack)).length).toBe(601);
  await setBack.close();
  await sdk({ page });
  await restore(page);
  await expect.poll(() => log(server.url, token, chatId), { timeout: 30_000 }).toEqual([...texts, 'mine']);
});

test('what others left does not stand in the way, and stays for them', async ({ sdk, server }) => {
  const page = await sdk();
  const { id: user, token } = await enter(page);
  const chatId = await openChat(page);
  await leave(page, { user: 'somebody', chatId: 'theirs', texts: numbered('theirs', 400), ids: '0' });
  await leave(page, { user, chatId, texts: numbered('mine', 400) });
  await page.reload();
  await watched(page);
  await expect.poll(() => log(server.url, token, chatId), { timeout: 20_000 }).toEqual(numbered('mine', 400));
  await expect.poll(async () => (await records(page)).map(({ userId }) => userId)).toEqual(Array(400).fill('somebody'));
});

test('closing the lobby gives up all that is stored of the user, also what another tab has waiting', async ({ sdk, context, server }) => {
  const first = await sdk();
  const { id: user, token } = await enter(first);
  const chatId = await openChat(first);
  await leave(first, { user: 'somebody', chatId: 'theirs', texts: ['stays'], ids: 'other' });
  const second = await context.newPage();
  await silence(second);
  await sdk({ page: second });
  await restore(second);
  const waiting = second.evaluate(() => window.chat.sendMessage('never sent').catch(({ code }) => code));
  await expect.poll(async () => (await records(first)).length).toBe(2);
  await leave(first, { user, chatId, texts: numbered('left', 400) });
  await first.evaluate(() => ICF.Lobby.close());
  expect((await records(first)).map(({ userId }) => userId)).toEqual(['somebody']);
  expect(await waiting).toBe(401);
  expect(await log(server.url, token, chatId)).toEqual([]);
});

test('two pages find what another left: one sends all of it, in order, the other the rest when that one has ended', async ({
  sdk,
  context,
  server,
}) => {
  const first = await sdk();
  const { id: user, token } = await enter(first);
  const chatId = await openChat(first);
  const texts = numbered('left', 600);
  await leave(first, { user, chatId, texts });
  await first.goto('about:blank');
  // It takes the first part, and its messages get nowhere.
  await silence(first);
  await sdk({ page: first });
  await restore(first);
  await first.waitForFunction(() => ICF.Parley.pending().length > 200);

  const second = await sdk({ page: await context.newPage() });
  await restore(second);
  await second.evaluate(() => window.chat.sendMessage('of the second'));
  expect(await log(server.url, token, chatId)).toEqual(['of the second']);
  await first.close();
  await second.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect.poll(() => log(server.url, token, chatId), { timeout: 30_000 }).toEqual(['of the second', ...texts]);
  await expect.poll(() => records(second)).toEqual([]);
});
