// The core may die: another takes its place, and the page's chat goes on. The fault
// is in a build that tests make; the rest of it is what pages get.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { linkCore } from '../../build/core.mjs';
import { symbols } from '../../build/symbols.mjs';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, count, enter, event, openChat, outcome } from './support/sdk.ts';
import { root, Variant } from './support/variant.ts';

// What the core writes to the console when it recovers from a panic of its own.
const ownTrace = /the core has a defect; the calls that led to it are/;

// One worker for all, so that the build is made once.
test.describe.configure({ mode: 'default' });
const flags = ['-tags=parleyfaults'];
let build: Variant;
test.beforeAll(async () => {
  test.setTimeout(180_000); // compiles the core
  build = await Variant.make('faulty', flags);
});
test.beforeEach(async ({ context }) => build.serve(context));

const script = (url: string) => `${url}/sdk/faulty/icf.sdk.js`;
const die = (page: Page, fault: string) =>
  page.evaluate((fault) => ICF.Events.send(`fault:${fault}`).catch((error: any) => error.code), fault);
const recovered = (page: Page) => page.waitForFunction(() => window.seen.some(([name]) => name === 'recovered'));
const watch = (page: Page) =>
  page.evaluate(() => {
    for (const name of ['recovered', 'fatal'] as const) ICF.Parley.on(name, (data) => window.seen.push([name, data]));
  });

for (const fault of ['panic', 'exit', 'memory'])
  test(`${fault}: the chat, its listeners and what was missed go on in another core`, async ({ sdk, server, wire, guard }) => {
    guard.allow(/sdk\/faulty\/(engine\.\w+|icf\.sdk)\.js/); // Go's own last words, and the logger that writes them
    const agent = await wire.agent('agent1');
    const page = await sdk({ script: script(server.url) });
    const { id: me, token } = await enter(page);
    const chatId = await openChat(page);
    await attended(page, agent, chatId);
    await watch(page);
    const chat = await page.evaluateHandle(() => window.chat);
    await page.evaluate(() => window.chat.sendMessage('before'));
    expect(await die(page, fault), 'a call that is not stored is rejected at once').toBe(500);
    expect(await page.evaluate(() => [ICF.isInit, ICF.Lobby.logged, ICF.Connection.me()!.id, ICF.Connection.getToken()])).toEqual([
      true,
      true,
      me,
      token,
    ]);
    await agent.request('messages:new', { chatId, message: 'while it was away' });
    const sent = await page.evaluate(() => window.chat.sendMessage('after'));
    expect(sent.message.message).toBe('after');
    expect(await event(page, 'message:received')).toMatchObject({ message: { message: 'while it was away' } });
    await recovered(page);
    expect(await page.evaluate((chat) => [ICF.Lobby.chats[chat.id] === chat, chat.history.map((entry) => entry.message)], chat)).toEqual([
      true,
      ['before', 'while it was away', 'after'],
    ]);
    await agent.request('chats:close', { chatId });
    await event(page, 'chat:closed');
    expect([
      await count(page, 'recovered'),
      await count(page, 'fatal'),
      await count(page, 'user:joined'),
      await count(page, 'message:received'),
    ]).toEqual([1, 0, 1, 1]);
  });

test('what a panic writes to the console has the functions and lines that led to it, by make symbolize', async ({ sdk, server, guard }) => {
  guard.allow(ownTrace);
  const page = await sdk({ script: script(server.url) });
  await enter(page);
  const told = page.waitForEvent('console', (message) => ownTrace.test(message.text()));
  await die(page, 'panic');
  const trace = (await told).text();
  expect(trace).not.toMatch(/[a-z]\.go\b/);
  const lines = symbols(await linkCore(root, flags))(trace).split('\n');
  const at = (name: string, file: string, text: string) => {
    const source = readFileSync(join(root, file), 'utf8').split('\n');
    return `    parley/${dirname(file)}.${name}  parley/${file}:${source.findIndex((line) => line.includes(text)) + 1}`;
  };
  expect(lines).toContain(at('fault', 'jsbridge/faults.go', 'panic('));
  expect(lines).toContain(at('command', 'jsbridge/codec/codec.go', 'sends(c.Event)'));
  expect(lines).toContain(at('(*shell).run', 'jsbridge/exports.go', 'work(s)'));
});

test('a message that waits in the outbox stays pending through the end of a core, and arrives once', async ({
  sdk,
  server,
  link,
  wire,
  guard,
}) => {
  guard.allow(ownTrace, /WebSocket|net::ERR/);
  const agent = await wire.agent('agent1');
  const page = await sdk({ script: script(server.url) });
  await enter(page, { appId: 'demo', server: link.url });
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await watch(page);
  await link.refuse(true);
  link.cut();
  await page.evaluate(() => {
    window.seen.push(['begun', null]);
    for (const text of ['1', '2', '3'])
      window.chat.sendMessage(text).then(
        (answer) => window.seen.push(['sent', answer.message.message]),
        (error) => window.seen.push(['rejected', error.message]),
      );
    window.chat.readMessage('unknown').catch(() => {});
  });
  await die(page, 'panic');
  await recovered(page);
  expect(await page.evaluate(() => ICF.Parley.pending().map(({ text, state }) => [text, state]))).toEqual([
    ['1', 'pending'],
    ['2', 'pending'],
    ['3', 'pending'],
  ]);
  await link.refuse(false);
  await page.waitForFunction(() => window.seen.filter(([name]) => name === 'sent').length === 3);
  expect(await page.evaluate(() => window.seen.filter(([name]) => name === 'sent' || name === 'rejected').map(([, text]) => text))).toEqual(
    ['1', '2', '3'],
  );
  const { chat } = await agent.request('chats:get', { chatId, fields: 'history' });
  expect(chat.history.map((entry: any) => entry.message)).toEqual(['1', '2', '3']);
  expect(await page.evaluate(() => ICF.Parley.pending())).toEqual([]);
});

test('three ends within a minute are the last, and init begins anew', async ({ sdk, server, guard }) => {
  guard.allow(ownTrace, connectionErrors); // Firefox tells of the socket that nobody waits for
  const page = await sdk({ script: script(server.url) });
  await enter(page);
  const chatId = await openChat(page);
  await watch(page);
  for (let i = 0; i < 3; i++) await die(page, 'panic');
  await event(page, 'fatal');
  expect(await count(page, 'recovered')).toBe(2);
  expect(await outcome(page, `chat.sendMessage("x")`)).toMatchObject({
    code: 500,
    message: expect.stringContaining('ICF.init starts it again'),
  });
  expect(await page.evaluate(() => [ICF.isInit, ICF.Lobby.logged])).toEqual([false, false]);
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(await page.evaluate((id) => [ICF.Lobby.logged, ICF.Lobby.chats[id] === window.chat], chatId)).toEqual([true, true]);
  expect(await outcome(page, `chat.sendMessage("x").then((answer) => answer.message.message)`)).toEqual({ value: 'x' });
});
