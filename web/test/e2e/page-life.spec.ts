// What happens to pages: their renderer is killed, they are frozen, the computer
// sleeps, they live in a frame that has no storage. Nothing is lost, nothing comes twice.
import type { Page } from '@playwright/test';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, enter, event, openChat, restore } from './support/sdk.ts';
import { records } from './support/store.ts';
import type { Wire } from './support/wire.ts';

const messages = async (agent: Wire, chatId: string): Promise<string[]> =>
  (await agent.request('chats:get', { chatId, fields: 'history' })).chat.history.map(({ message }: any) => message);
const say = (page: Page, ...texts: string[]) =>
  page.evaluate((texts) => texts.forEach((text) => void window.chat.sendMessage(text).catch(() => {})), texts);
const kill = async (page: Page) => {
  const devtools = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  devtools.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
};
/** Goes to another tab and freezes this one, as browsers do with pages that nobody sees, while `meanwhile` runs. */
const frozen = async (page: Page, meanwhile: () => Promise<void>) => {
  await (await page.context().newPage()).bringToFront();
  const devtools = await page.context().newCDPSession(page);
  await page.evaluate(() => {
    (window as any).life = [];
    for (const name of ['freeze', 'resume']) document.addEventListener(name, () => (window as any).life.push(name));
  });
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  await meanwhile();
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await page.bringToFront();
  expect(await page.evaluate(() => (window as any).life), 'the page was frozen').toEqual(['freeze', 'resume']);
};

test('a renderer that is killed at every step of a send: in the log once, in order', async ({ sdk, context, wire, link, guard }) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  let page = await sdk({ server: link.url });
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  const said: string[] = [];
  const isThere = async (text: string) => expect.poll(async () => (await records(page)).map(({ data }) => data.message)).toContain(text);
  for (const [step, before, reached] of [
    ['stored', async () => link.hold(true), isThere],
    [
      'sent, and the answer is not heard',
      async () => link.delay(300),
      async (text: string) => void (await agent.next('messages:new', ({ message }) => message.message === text)),
    ],
    ['answered', async () => {}, async () => void (await page.waitForFunction(() => ICF.Parley.pending().length === 0))],
    ['offline', async () => (await link.refuse(true), link.cut()), isThere],
  ] as const) {
    await before();
    await say(page, `${step} 1`, `${step} 2`);
    said.push(`${step} 1`, `${step} 2`);
    await reached(`${step} 2`);
    await kill(page);
    link.hold(false);
    link.delay(0);
    link.clear();
    await link.refuse(false);
    page = await sdk({ page: await context.newPage(), server: link.url });
    await restore(page);
    await expect.poll(() => messages(agent, chatId), step).toEqual(said);
  }
  await expect.poll(() => records(page)).toEqual([]);
});

test('a tab whose renderer is killed with messages waiting: another that is open takes them over, once', async ({
  sdk,
  context,
  wire,
  link,
  guard,
}) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const first = await sdk({ server: link.url });
  await enter(first);
  const chatId = await openChat(first);
  await attended(first, agent, chatId);
  const second = await sdk({ page: await context.newPage(), server: link.url });
  await restore(second);
  await link.refuse(true);
  link.cut();
  await say(first, '1', '2');
  await expect.poll(async () => (await records(first)).length).toBe(2);
  await kill(first);
  await link.refuse(false);
  await second.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect.poll(() => messages(agent, chatId)).toEqual(['1', '2']);
  await expect.poll(() => records(second)).toEqual([]);
});

test('a page that is frozen right after sending, and wakes up to a dead connection', async ({ sdk, wire, link, guard, plain }) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const page = await plain.newPage();
  await page.bringToFront();
  await sdk({ page, server: link.url });
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(() => void ICF.Parley.on('error', (data) => window.seen.push(['error', data])));
  link.hold(true);
  await say(page, 'before', 'the ice');
  await frozen(page, async () => {
    link.cut();
    link.hold(false);
    await agent.request('messages:new', { chatId, message: 'meanwhile' });
  });
  expect(await event(page, 'message:received')).toMatchObject({ message: { message: 'meanwhile' } });
  await say(page, 'after');
  await expect.poll(() => messages(agent, chatId)).toEqual(['meanwhile', 'before', 'the ice', 'after']);
  await expect.poll(() => page.evaluate(() => window.seen.filter(([name]) => name === 'error'))).toEqual([]);
});

test('the computer sleeps for two hours, and the network it wakes up in forgot the connection', async ({
  sdk,
  context,
  wire,
  link,
  guard,
}) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const page = await context.newPage();
  await page.clock.install();
  await sdk({ page, server: link.url });
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  link.hold(true); // nobody is told that it is gone
  await say(page, 'just before');
  await expect.poll(async () => (await records(page)).length).toBe(1);
  const asleep = await page.evaluate(() => Date.now());
  await page.clock.fastForward('02:00:00');
  expect(await page.evaluate((asleep) => Date.now() - asleep, asleep)).toBeGreaterThanOrEqual(2 * 3600 * 1000);
  await say(page, 'just after');
  link.cut();
  link.hold(false);
  await expect.poll(() => messages(agent, chatId)).toEqual(['just before', 'just after']);
  await expect.poll(() => records(page)).toEqual([]);
});

test('a frame without an origin has no cookies and no storage: the chat works, and the page is told once of each', async ({
  page,
  site,
  server,
  wire,
}) => {
  const agent = await wire.agent('agent1');
  await page.goto(site.empty);
  await page.evaluate(
    (address) => {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', 'allow-scripts');
      frame.src = address;
      document.body.append(frame);
    },
    site.page(`${server.url}/sdk/1/icf.sdk.js`),
  );
  await expect.poll(() => page.frames().length).toBe(2);
  const frame = page.frames()[1] as unknown as Page; // it evaluates as a page does
  await frame.waitForFunction(() => 'ICF' in window);
  await frame.evaluate(() => {
    (window as any).told = [];
    ICF.Parley.on('error', ({ message }) => (window as any).told.push(message));
  });
  await enter(frame);
  const chatId = await openChat(frame);
  await attended(frame, agent, chatId);
  await frame.evaluate(async () => {
    await window.chat.sendMessage('1');
    await window.chat.sendMessage('2');
  });
  await agent.request('messages:new', { chatId, message: '3' });
  await event(frame, 'message:received');
  expect(await messages(agent, chatId)).toEqual(['1', '2', '3']);
  expect(await frame.evaluate(() => (window as any).told)).toEqual([
    expect.stringContaining('session cannot be stored'),
    expect.stringContaining('cannot be stored'),
  ]);
  await frame.evaluate(() => ICF.Lobby.close());
  expect(await frame.evaluate(() => ICF.Lobby.logged)).toBe(false);
});
