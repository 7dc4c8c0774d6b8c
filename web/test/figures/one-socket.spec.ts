// How soon another tab has the socket when the one that had it is gone, and what the detour by it costs.
import type { Page } from '@playwright/test';
import { endedEarly, expect, test } from '../e2e/support/fixtures.ts';
import { enter, openChat } from '../e2e/support/sdk.ts';

const rounds = 12;
const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;
const print = (what: string, list: number[]) =>
  console.log(
    `${test.info().project.name}: ${what}, median ${median(list).toFixed(2)} ms (${list[0]!.toFixed(2)} to ${list.at(-1)!.toFixed(2)}, ${list.length} times)`,
  );

// Joins the chat of the other tabs. Notes when its connection opens.
async function join(page: Page, chatId: string): Promise<void> {
  await page.evaluate(async (id) => {
    await ICF.init({ appId: 'demo' });
    window.chat = ICF.Lobby.chats[id]!;
    ICF.Parley.on('connection', ({ state }) => {
      if (state === 'open') (window as any).openedAt = Date.now();
    });
  }, chatId);
}

const opened = async (page: Page, since: number) => {
  const found = await page.waitForFunction((since) => (window as any).openedAt >= since && (window as any).openedAt, since);
  return (await found.jsonValue()) - since;
};

test('another tab has the socket', async ({ sdk, context, guard }) => {
  test.setTimeout(300_000);
  guard.allow(endedEarly);
  let leader = await sdk();
  await enter(leader);
  const chatId = await openChat(leader);
  const ways: [string, (page: Page) => Promise<unknown>][] = [['the tab with the socket is closed', (page) => page.close()]];
  if (test.info().project.name === 'figures')
    ways.push(['the process of the tab with the socket ends', (page) => page.goto('chrome://crash').catch(() => {})]);
  for (const [what, end] of ways) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const next = await sdk({ page: await context.newPage() });
      await join(next, chatId);
      const since = Date.now();
      await end(leader);
      times.push(await opened(next, since));
      await leader.close();
      leader = next;
    }
    print(`${what}, until another one's connection is open`, times);
  }
});

test('a message of each tab', async ({ sdk, context }) => {
  const leader = await sdk();
  await enter(leader);
  const chatId = await openChat(leader);
  const follower = await sdk({ page: await context.newPage() });
  await join(follower, chatId);
  const times = (page: Page) =>
    page.evaluate(async () => {
      const list: number[] = [];
      for (let i = 0; i < 60; i++) {
        const begun = performance.now();
        await window.chat.sendMessage('x'.repeat(100));
        if (i >= 10) list.push(performance.now() - begun);
        await new Promise((later) => setTimeout(later, 5));
      }
      return list;
    });
  for (let round = 0; round < 3; round++) {
    for (const [name, page] of [
      ['the tab that has the socket', leader],
      ['a tab that follows', follower],
    ] as const) {
      await page.bringToFront();
      print(`sendMessage of ${name}`, await times(page));
    }
  }
  expect(await follower.evaluate(() => ICF.Parley.stats() !== null)).toBe(true);
});
