// The core in a Worker: where it can be had, where not, and when it ends.
import type { Page } from '@playwright/test';
import type { InitOptions } from '../../index.d.ts';
import type { BlankSite } from './support/blank.ts';
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';
import { attended, enter, event, openChat, outcome, said } from './support/sdk.ts';

const options = { appId: 'demo', worker: true };

// A page with nothing but the script tag, whose own origin serves the SDK, under this policy; gives its options of ICF.init.
async function ownPage(page: Page, site: BlankSite, server: string, policy: string): Promise<InitOptions> {
  const connections = `connect-src 'self' ${server} ${server.replace('http', 'ws')}`;
  await page.goto(site.page(site.copy(server), { policy: `${policy}; ${connections}` }));
  await page.waitForFunction(() => 'ICF' in window);
  return { appId: 'demo', server };
}

// What Parley writes on the page's console.
function warnings(page: Page): string[] {
  const list: string[] = [];
  page.on('console', (message) => message.type() === 'warning' && list.push(message.text()));
  return list;
}

test("where the page's own origin serves the script, the core is in a Worker, and the policy needs no wasm-unsafe-eval", async ({
  page,
  server,
  site,
  wire,
}) => {
  const own = await ownPage(page, site, server.url, "default-src 'self'; require-trusted-types-for 'script'; trusted-types parley");
  const agent = await wire.agent('agent1');
  await enter(page, own);
  expect(page.workers()).toHaveLength(1);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(() => window.chat.sendMessage('from the page'));
  expect((await agent.next('messages:new')).data.message.message).toBe('from the page');
  await agent.request('messages:new', { chatId, message: 'from the agent' });
  await event(page, 'message:received');
  expect(await said(page)).toEqual(['from the page', 'from the agent']);
  await page.evaluate(() => ICF.Parley.destroy());
  await expect.poll(() => page.workers().length).toBe(0);
});

test('a page of another site has its core in a Worker in the project `worker`, else in its own thread', async ({ sdk, inWorker }) => {
  const page = await sdk();
  await enter(page);
  expect(page.workers()).toHaveLength(inWorker ? 1 : 0);
});

test('on a page of another site it is asked for, and made of the code that was checked', async ({ sdk }) => {
  const page = await sdk();
  await enter(page, options);
  await expect.poll(() => page.workers().map((worker) => worker.url().slice(0, 5))).toEqual(['blob:']);
  await openChat(page);
  await page.evaluate(() => window.chat.sendMessage('hi'));
  expect(await page.evaluate(() => Object.keys(ICF.Parley.stats() ?? {}))).toContain('memory');
});

test('where the policy has no Worker, the core is in the page, and one warning says so', async ({ page, server, site, guard }) => {
  guard.allow(/Content Security Policy/);
  const told = warnings(page);
  await enter(page, await ownPage(page, site, server.url, "default-src 'self' 'wasm-unsafe-eval'; worker-src 'none'"));
  expect(page.workers()).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/^the chat core runs in the page's thread, as its Worker cannot be had: /)]);
  await openChat(page);
  await page.evaluate(() => window.chat.sendMessage('hi'));
});

for (const [what, end] of [
  ['ends', () => close()],
  [
    'stands still',
    () => {
      for (;;);
    },
  ],
] as const) {
  test(`a Worker that ${what}: another core goes on in the page, and nothing is lost`, async ({ sdk, wire }) => {
    const page = await sdk();
    const agent = await wire.agent('agent1');
    await enter(page, options);
    const chatId = await openChat(page);
    await attended(page, agent, chatId);
    await page.evaluate(() => window.chat.sendMessage('before'));
    await page.evaluate(() => ICF.Parley.on('recovered', () => window.seen.push(['recovered', null])));
    const [worker] = page.workers();
    void worker!.evaluate(end).catch(() => {});
    const after = page.evaluate(() => window.chat.sendMessage('after').catch(() => window.chat.sendMessage('again')));
    await event(page, 'recovered');
    await after;
    await agent.request('messages:new', { chatId, message: 'from the agent' });
    await event(page, 'message:received');
    expect((await said(page)).at(-1)).toBe('from the agent');
  });
}

test('where the page may not run the core itself, another Worker does when one ends', async ({ page, server, site, guard }) => {
  guard.allow(/Content Security Policy|violates/);
  await enter(page, await ownPage(page, site, server.url, "default-src 'self'"));
  await openChat(page);
  await page.evaluate(() => ICF.Parley.on('recovered', () => window.seen.push(['recovered', null])));
  await page
    .workers()[0]!
    .evaluate(() => close())
    .catch(() => {});
  const sent = page.evaluate(() => window.chat.sendMessage('after').catch(() => window.chat.sendMessage('again')));
  await event(page, 'recovered');
  await sent;
  expect(page.workers().length).toBeGreaterThan(0);
});

test('a page that stands still for ten seconds while messages come shows each once, in order, and its Worker is not given up', async ({
  sdk,
  wire,
}) => {
  needs('workerSockets');
  const page = await sdk();
  const agent = await wire.agent('agent1');
  await enter(page, options);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(() => ICF.Parley.on('recovered', () => window.seen.push(['recovered', null])));
  const stood = page.evaluate(() => {
    void window.chat.sendMessage('first');
    for (const begun = Date.now(); Date.now() < begun + 11_000; );
  });
  await agent.next('messages:new', ({ message }) => message.message === 'first');
  for (let i = 0; i < 20; i++) await agent.request('messages:new', { chatId, message: String(i) });
  await stood;
  await page.waitForFunction(() => window.chat.history.length === 21);
  expect(await said(page)).toEqual(['first', ...Array.from({ length: 20 }, (_, i) => String(i))]);
  expect(page.workers()).toHaveLength(1);
  expect(await outcome(page, 'window.seen.filter(([name]) => name === "recovered").length')).toEqual({ value: 0 });
});
