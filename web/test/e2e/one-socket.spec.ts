// All tabs of a browser have one WebSocket, which one of them, the leader, has for all. When it goes, however it goes, another one
// has the socket, and no message is lost, doubled or shown twice.
import type { BrowserContext, Page } from '@playwright/test';
import { needs } from './support/engine.ts';
import { connectionErrors, endedEarly, expect, test } from './support/fixtures.ts';
import type { Link } from './support/link.ts';
import { attended, enter, openChat, restore, said } from './support/sdk.ts';
import type { Wire } from './support/wire.ts';

type Sdk = (options: { server: string; page: Page }) => Promise<Page>;

/** Opens tabs of one visitor, one after the other; the first one leads. Its chat is attended by the agent. */
async function tabsOf(count: number, { sdk, context, link, agent }: { sdk: Sdk; context: BrowserContext; link: Link; agent: Wire }) {
  const tabs: Page[] = [];
  let chatId = '';
  while (tabs.length < count) {
    const tab = await sdk({ server: link.url, page: await context.newPage() });
    tabs.push(tab);
    if (tabs.length === 1) {
      await enter(tab);
      chatId = await openChat(tab);
      await attended(tab, agent, chatId);
    } else {
      await restore(tab);
    }
  }
  return { tabs, chatId };
}

const log = async (agent: Wire, chatId: string): Promise<string[]> =>
  (await agent.request('chats:get', { chatId, fields: 'history' })).chat.history.map(({ message }: any) => message);

/**
 * Begins to send numbered messages, and does not wait. With its core in a Worker a tab that ends in that moment may lose them
 * (docs/promise.md).
 */
const say = (tab: Page, name: string, count: number) =>
  tab.evaluate(
    ([name, count]) => void Promise.all(Array.from({ length: count }, (_, i) => window.chat.sendMessage(`${name} ${i}`))).catch(() => {}),
    [name, count] as const,
  );
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`);
const of = (texts: unknown[], name: string) => texts.filter((text) => String(text).startsWith(`${name} `));

/** Waits until the log and each tab have these messages of each name: all, once, in order. */
async function haveAll(agent: Wire, chatId: string, tabs: Page[], names: string[], count: number): Promise<void> {
  for (const name of names) {
    await expect.poll(async () => of(await log(agent, chatId), name)).toEqual(numbered(name, count));
    for (const tab of tabs) await expect.poll(async () => of(await said(tab), name)).toEqual(numbered(name, count));
  }
}

test('three tabs have one socket; each hears the others, and none itself', { tag: '@engines' }, async ({ sdk, context, link, wire }) => {
  const agent = await wire.agent('agent1');
  const { tabs, chatId } = await tabsOf(3, { sdk, context, link, agent });
  expect(link.webSockets).toBe(1);
  for (const [i, tab] of tabs.entries()) await say(tab, `tab${i}`, 20);
  await haveAll(agent, chatId, tabs, ['tab0', 'tab1', 'tab2'], 20);
  for (const [i, tab] of tabs.entries()) {
    const heard = await tab.evaluate(() =>
      window.seen.filter(([name]) => name === 'message:received').map(([, { message }]) => message.message),
    );
    expect(heard.filter((text) => String(text).startsWith(`tab${i}`))).toEqual([]);
    expect(heard).toHaveLength(40);
  }
  expect(link.webSockets).toBe(1);
});

const ends: [what: string, end: (tab: Page) => Promise<unknown>][] = [
  ['is closed', (tab) => tab.close()],
  ['goes to another page', (tab) => tab.goto('about:blank')],
  ['is reloaded', (tab) => tab.reload()],
  ['destroys its core', (tab) => tab.evaluate(() => ICF.Parley.destroy())],
];
for (const [what, end] of ends)
  test(`the leader ${what}, while all tabs send: another one has the socket`, async ({ sdk, context, link, wire, guard, inWorker }) => {
    guard.allow(endedEarly, connectionErrors);
    const agent = await wire.agent('agent1');
    const { tabs, chatId } = await tabsOf(3, { sdk, context, link, agent });
    const [leader, ...others] = tabs as [Page, Page, Page];
    await say(leader, 'tab0', 30);
    await say(others[0], 'tab1', 30);
    await say(others[1], 'tab2', 30);
    await end(leader);
    await haveAll(agent, chatId, others, ['tab1', 'tab2'], 30);
    if (!inWorker) await expect.poll(async () => of(await log(agent, chatId), 'tab0')).toEqual(numbered('tab0', 30));
    await expect.poll(() => link.webSockets).toBe(1);
    await say(others[0], 'then', 5);
    await haveAll(agent, chatId, others, ['then'], 5);
  });

test("the leader's process ends: another tab has the socket", async ({ sdk, context, link, wire, guard }) => {
  needs('crash');
  guard.allow(endedEarly, connectionErrors);
  const agent = await wire.agent('agent1');
  const { tabs, chatId } = await tabsOf(2, { sdk, context, link, agent });
  const [leader, other] = tabs as [Page, Page];
  await say(other, 'before', 10);
  await leader.goto('chrome://crash').catch(() => {});
  await say(other, 'after', 10);
  await haveAll(agent, chatId, [other], ['before', 'after'], 10);
});

// In a Worker it goes on.
test('the leader stands still: another tab takes its place, and it follows when it goes on', { tag: '@page' }, async ({
  sdk,
  context,
  link,
  wire,
}) => {
  const agent = await wire.agent('agent1');
  const { tabs, chatId } = await tabsOf(3, { sdk, context, link, agent });
  const [leader, ...others] = tabs as [Page, Page, Page];
  const still = leader.evaluate(() => {
    const end = performance.now() + 10_000;
    void window.chat.sendMessage('still 0');
    while (performance.now() < end);
  });
  await say(others[0], 'tab1', 10);
  await haveAll(agent, chatId, others, ['tab1'], 10);
  await say(others[1], 'tab2', 10);
  await haveAll(agent, chatId, others, ['tab2'], 10);
  expect(of(await log(agent, chatId), 'still').length, 'all that came while it stood still').toBeLessThanOrEqual(1);
  await still;
  await haveAll(agent, chatId, tabs, ['tab1', 'tab2'], 10);
  await haveAll(agent, chatId, tabs, ['still'], 1);
  await expect.poll(() => link.webSockets).toBe(1);
});

test('leaders go one after the other, in mid-send', async ({ sdk, context, link, wire, guard }) => {
  guard.allow(endedEarly, connectionErrors);
  const agent = await wire.agent('agent1');
  const { tabs, chatId } = await tabsOf(5, { sdk, context, link, agent });
  const names: string[] = [];
  while (tabs.length > 1) {
    for (const [i, tab] of tabs.entries()) {
      const name = `round${tabs.length}.${i}`;
      await say(tab, name, 10);
      // Not of the one that is killed, which may have no connection at that moment, and had no time to store; nor of the next one,
      // which may not have stored either when its turn comes (docs/promise.md).
      if (i > 1 || (i > 0 && tabs.length === 2)) names.push(name);
    }
    await tabs.shift()!.close();
  }
  await haveAll(agent, chatId, tabs, names, 10);
});

test('the network is cut: all tabs are connected again, by one socket', async ({ sdk, context, link, wire, guard }) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const { tabs, chatId } = await tabsOf(3, { sdk, context, link, agent });
  link.cut();
  for (const [i, tab] of tabs.entries()) await say(tab, `tab${i}`, 5);
  await haveAll(agent, chatId, tabs, ['tab0', 'tab1', 'tab2'], 5);
  await expect.poll(() => link.webSockets).toBe(1);
});

test('a tab that ends counts as gone at the server, and the others stay', async ({ sdk, context, link, wire }) => {
  const agent = await wire.agent('agent1');
  const { tabs, chatId } = await tabsOf(2, { sdk, context, link, agent });
  const [leader, other] = tabs as [Page, Page];
  await other.close();
  await say(leader, 'alone', 3);
  await haveAll(agent, chatId, [leader], ['alone'], 3);
  await leader.close();
  await agent.next('users:activity', ({ type }) => type === 'leave');
});

test('a logout in the leader leaves the others their connection until the session ends', async ({ sdk, context, link, wire, guard }) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const { tabs } = await tabsOf(2, { sdk, context, link, agent });
  const [leader, other] = tabs as [Page, Page];
  await leader.evaluate(() => ICF.Lobby.close());
  await expect.poll(() => other.evaluate(() => ICF.Lobby.logged)).toBe(false);
  await expect.poll(() => link.webSockets).toBe(0);
});

test('tabs of two users have one socket; that one logs out changes nothing for the other', async ({ sdk, context, link, wire }) => {
  const agent = await wire.agent('agent1');
  const users = await Promise.all([1, 2].map(async () => sdk({ server: link.url, page: await context.newPage() })));
  const chats: string[] = [];
  for (const page of users) {
    await enter(page, { appId: 'demo', session: 'tab' });
    chats.push(await openChat(page));
    await attended(page, agent, chats.at(-1)!);
  }
  expect(new Set(chats).size).toBe(2);
  expect(link.webSockets).toBe(1);
  await users[0]!.evaluate(() => ICF.Lobby.close()); // the leader
  await say(users[1]!, 'still', 3);
  await haveAll(agent, chats[1]!, [users[1]!], ['still'], 3);
  expect(await users[1]!.evaluate(() => ICF.Lobby.logged)).toBe(true);
  await expect.poll(() => link.webSockets).toBe(1);
});

test('nothing is left of it after destroy', async ({ sdk, context, link, wire }) => {
  const agent = await wire.agent('agent1');
  const { tabs } = await tabsOf(2, { sdk, context, link, agent });
  for (const tab of tabs) await tab.evaluate(() => ICF.Parley.destroy());
  const locks = () =>
    tabs[0]!.evaluate(async () => {
      const { held, pending } = await navigator.locks.query();
      return [...held!, ...pending!].map(({ name }) => name);
    });
  await expect.poll(locks).toEqual([]);
  await expect.poll(() => link.webSockets).toBe(0);
});

test('without Web Locks each tab has a socket of its own', { tag: '@page' }, async ({ sdk, context, link, wire }) => {
  await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
  const agent = await wire.agent('agent1');
  const { tabs, chatId } = await tabsOf(2, { sdk, context, link, agent });
  expect(link.webSockets).toBe(2);
  await say(tabs[1]!, 'own', 3);
  await haveAll(agent, chatId, tabs, ['own'], 3);
});
