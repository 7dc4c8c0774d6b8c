// What a page goes through that finds many messages of pages that have ended: how
// long the page stands still at most, and what the core holds.
import { rest } from '../e2e/support/chats.ts';
import { expect, test } from '../e2e/support/fixtures.ts';
import { enter, openChat } from '../e2e/support/sdk.ts';
import { leave } from '../e2e/support/store.ts';

const left = Number(process.env.LEFT ?? 10_000);

test(`a page that finds ${left.toLocaleString('en')} messages that others left`, async ({ sdk, server }) => {
  test.setTimeout(600_000);
  const page = await sdk();
  const { id: user, token } = await enter(page);
  const chatId = await openChat(page);
  const texts = Array.from({ length: left }, (_, i) => `message number ${i}, about as long as people write on a good day`);
  await leave(page, { user, chatId, texts });
  await page.reload();
  const init = await page.evaluate(async () => {
    (window as any).tasks = [0];
    new PerformanceObserver((list) => (window as any).tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
    const begun = performance.now();
    await ICF.init({ appId: 'demo' });
    return performance.now() - begun;
  });
  const begun = Date.now();
  const log = () => rest(server.url, token, 'GET', `/chats/${chatId}/messages`);
  await expect.poll(async () => (await log()).messages.length, { timeout: 540_000, intervals: [500] }).toBe(left);
  const time = Date.now() - begun;
  expect((await log()).messages.map(({ message }: any) => message)).toEqual(texts);
  const { longest, memory } = await page.evaluate(() => ({
    longest: Math.max(...(window as any).tasks),
    memory: ICF.Parley.stats()!.memory!,
  }));
  console.log(
    `\n${left} left: init ${Math.round(init)} ms, all in the log in order after ${Math.round(time)} ms, longest task ${Math.round(longest)} ms, wasm ${Math.round(memory / 1000)} KB`,
  );
});
