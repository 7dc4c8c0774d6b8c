// Pages that are left by a link, which the browser keeps in its back/forward cache: frozen, with
// all that they hold. Whoever has left is away, what they have not sent the next page sends, and
// a page that comes back goes on.
import type { Page } from '@playwright/test';
import { needs } from './support/engine.ts';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, chatEvents, event, restore, said } from './support/sdk.ts';
import { records } from './support/store.ts';

// The page may be gone before it has answered.
const go = (page: Page, way: string) => page.evaluate(`setTimeout(() => ${way}), 0`).catch(() => {});

/** Leaves the page by a link, and waits for the next one. */
async function follow(page: Page, url: string): Promise<void> {
  await page.evaluate(() => void (window.onpageshow = ({ persisted }) => (window.restored = persisted)));
  await go(page, `location.href = ${JSON.stringify(url)}`);
  await page.waitForURL(url);
}

/** Goes back to a page that was left by `follow`; tells whether the browser had kept it. */
async function back(page: Page): Promise<boolean> {
  const left = page.url();
  await go(page, 'history.back()');
  await page.waitForURL((url) => url.href !== left, { waitUntil: 'commit' });
  return page.evaluate(() => window.restored ?? false);
}

declare global {
  interface Window {
    /** Whether the page has come back from the cache. */
    restored?: boolean;
  }
}

const log = async (agent: any, chatId: string): Promise<string[]> =>
  (await agent.request('chats:get', { chatId, fields: 'history' })).chat.history.map(({ message }: any) => message);

test('a page that is left by a link with messages waiting: the next page sends them at once', async ({
  context,
  site,
  server,
  wire,
  link,
  guard,
}) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const page = await context.newPage();
  // So that no look from time to time can find the messages.
  await page.addInitScript(() => (window.setInterval = (() => 0) as any));
  const begin = async (address: string) => {
    await page.goto(address);
    await page.waitForFunction(() => 'ICF' in window);
  };
  const script = `${server.url}/sdk/1/icf.sdk.js`;
  await begin(site.page(script));
  const chatId = await page.evaluate(
    async ({ server, names }) => {
      await ICF.init({ appId: 'demo', server });
      const { data } = await ICF.Api.request('/users', 'POST', { name: 'Visitor' });
      await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
      window.chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
      window.seen = [];
      for (const name of names) window.chat.on(name, (data: any) => window.seen.push([name, data]));
      return window.chat.id;
    },
    { server: link.url, names: chatEvents },
  );
  await attended(page, agent, chatId);
  await link.refuse(true);
  link.cut();
  const texts = Array.from({ length: 20 }, (_, i) => `waiting ${i}`);
  await page.evaluate((texts) => texts.forEach((text) => void window.chat.sendMessage(text).catch(() => {})), texts);
  await expect.poll(async () => (await records(page)).length).toBe(20);
  await follow(page, site.page(script, { nonce: 'second' }));
  await page.waitForFunction(() => 'ICF' in window);
  const held = async () => (await navigator.locks.query()).held!.length;
  const engine = test.info().project.name; // see docs/browsers.md
  const keepsLocks = engine !== 'firefox' && engine !== 'webkit';
  expect(await page.evaluate(held), 'the lock of the page that was left').toBe(keepsLocks ? 1 : 0);
  await link.refuse(false);
  await page.evaluate((server) => ICF.init({ appId: 'demo', server }), link.url);
  await expect.poll(() => log(agent, chatId)).toEqual(texts);
  await expect.poll(() => records(page)).toEqual([]);

  // Only WebKit has kept the page, which does not know that its messages are sent: it sends them again, and lives for others.
  const restored = await back(page);
  expect(restored).toBe(engine === 'webkit');
  if (restored) {
    await page.evaluate(() => window.chat.sendMessage('and one'));
    texts.push('and one');
    expect(await page.evaluate(held), 'its own lock').toBe(1);
  }
  expect(await log(agent, chatId)).toEqual(texts);
});

test('a visitor who goes on by a link has left; back from the cache the page goes on', async ({ attendedPage, site }) => {
  needs('pageCache');
  const { agent, page, chatId, me } = await attendedPage();
  await page.evaluate(() => {
    (window as any).states = [];
    ICF.Parley.on('connection', ({ state, reason }) => (window as any).states.push([state, reason]));
    return window.chat.sendMessage('before');
  });
  await follow(page, site.empty);
  await agent.next('users:activity', (data) => data.userId === me && data.type === 'leave');
  await agent.request('messages:new', { chatId, message: 'meanwhile' });
  expect(await back(page), 'the browser had kept the page').toBe(true);
  expect(await event(page, 'message:received')).toMatchObject({ message: { message: 'meanwhile' } });
  await page.evaluate(() => window.chat.sendMessage('after'));
  expect(await said(page)).toEqual(['before', 'meanwhile', 'after']);
  await expect.poll(() => log(agent, chatId)).toEqual(['before', 'meanwhile', 'after']);
  expect(await page.evaluate(() => window.seen.filter(([name]) => name === 'message:received').length)).toBe(1);
  expect(await page.evaluate(() => (window as any).states)).toEqual([
    ['waiting', 'left'],
    ['connecting', undefined],
    ['open', undefined],
  ]);
});

test('a page that left nothing undone stays in the cache while the next one chats', async ({ attendedPage, site, server }) => {
  needs('pageCache');
  const { agent, page, chatId } = await attendedPage();
  await page.evaluate(() => window.chat.sendMessage('one'));
  await follow(page, site.page(`${server.url}/sdk/1/icf.sdk.js`, { nonce: 'second' }));
  await page.waitForFunction(() => 'ICF' in window);
  expect((await restore(page)).chats).toEqual([chatId]);
  await page.evaluate(() => window.chat.sendMessage('two'));
  expect(await back(page), 'the browser had kept the page').toBe(true);
  await expect.poll(() => said(page)).toEqual(['one', 'two']);
  await page.evaluate(() => window.chat.sendMessage('three'));
  await expect.poll(() => log(agent, chatId)).toEqual(['one', 'two', 'three']);
  // It is alive again for other pages.
  await expect.poll(() => page.evaluate(async () => (await navigator.locks.query()).held!.length)).toBeGreaterThan(0);
});

test('the tab with the socket of all is left by a link: another has it at once; back from the cache it follows', async ({
  attendedPage,
  context,
  site,
  server,
}) => {
  const { page, agent, chatId } = await attendedPage();
  const other = await context.newPage();
  await other.goto(site.page(`${server.url}/sdk/1/icf.sdk.js`));
  await other.waitForFunction(() => 'ICF' in window);
  await restore(other);
  await page.bringToFront();
  await follow(page, site.empty);
  await other.evaluate(() => window.chat.sendMessage('from the other'));
  expect(await log(agent, chatId)).toEqual(['from the other']);
  expect(await back(page), 'the browser has kept it').toBe(true);
  await page.evaluate(() => window.chat.sendMessage('back'));
  await expect.poll(() => said(other)).toEqual(['from the other', 'back']);
  await expect.poll(() => said(page)).toEqual(['from the other', 'back']);
});
