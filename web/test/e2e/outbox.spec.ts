// What is sent is stored: reloads, tabs, offline, storage that is refused, full or hangs.
import type { Page } from '@playwright/test';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, enter, event, openChat, outcome } from './support/sdk.ts';
import { records } from './support/store.ts';

const messages = async (wire: any, chatId: string) =>
  (await wire.request('chats:get', { chatId, fields: 'history' })).chat.history.map((entry: any) => entry.message);
const restore = (page: Page) =>
  page.evaluate(async () => {
    await ICF.init({ appId: 'demo' });
    window.chat = Object.values(ICF.Lobby.chats)[0]!;
  });

test("states of a message: pending, sent, read; the connection's state and reason", async ({ attendedPage, link, guard }) => {
  guard.allow(connectionErrors);
  const { agent, page } = await attendedPage(link.url);
  await page.evaluate(() => {
    ICF.Parley.on('message', (data) => window.seen.push(['state', [data.state, data.text]])).on('connection', (data) =>
      window.seen.push(['connection', data]),
    );
  });
  expect(await page.evaluate(() => ICF.Parley.connection)).toMatchObject({ state: 'open' });
  await link.refuse(true);
  link.cut();
  const waiting = await event(page, 'connection');
  expect(waiting).toMatchObject({ state: 'waiting', reason: 'lost', nextTry: expect.any(Number) });
  await page.evaluate(() => void window.chat.sendMessage('hi'));
  expect(await page.evaluate(() => ICF.Parley.pending(window.chat.id))).toMatchObject([
    { state: 'pending', text: 'hi', eventId: expect.any(String) },
  ]);
  await link.refuse(false);
  const { data } = await agent.next('messages:new');
  await agent.request('messages:read', { messageId: data.message.id });
  await page.waitForFunction(() => window.seen.some(([name, data]) => name === 'state' && data[0] === 'read'));
  expect(await page.evaluate(() => window.seen.filter(([name]) => name === 'state').map(([, data]) => data[0]))).toEqual([
    'pending',
    'sent',
    'read',
  ]);
  expect(await page.evaluate(() => [ICF.Parley.pending(), ICF.Parley.connection.state])).toEqual([[], 'open']);
});

test('discard: a message that waits is given up, and the others arrive', { tag: '@engines' }, async ({ attendedPage, link, guard }) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage(link.url);
  await link.refuse(true);
  link.cut();
  await page.waitForFunction(() => ICF.Parley.connection.state === 'waiting');
  const outcomes = await page.evaluate(async () => {
    let rejected: Promise<number> | undefined;
    const id = await new Promise<string>((created) => {
      rejected = window.chat.sendMessage('not this', created).catch((error: any) => error.code);
      void window.chat.sendMessage('but this');
    });
    return [await ICF.Parley.discard(id), await rejected, await ICF.Parley.discard('nothing').catch((error: any) => error.code)];
  });
  expect(outcomes).toEqual([{ success: true }, 499, 404]);
  await link.refuse(false);
  await agent.next('messages:new', (data) => data.message.message === 'but this');
  expect(await messages(agent, chatId)).toEqual(['but this']);
});

test('a message is sent while it is being stored', { tag: '@page' }, async ({ sdk, context, link }) => {
  await context.addInitScript(() => {
    const order: string[] = [];
    Object.assign(window, { order });
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...args) {
      const begun = transaction.apply(this, args);
      if (begun.mode === 'readwrite') begun.addEventListener('complete', () => order.push('stored'));
      return begun;
    };
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (frames) {
      for (const frame of (frames as string).split('\n')) order.push(JSON.parse(frame).event);
      send.call(this, frames);
    };
  });
  const page = await sdk();
  await enter(page, { appId: 'demo', server: link.url });
  await openChat(page);
  link.delay(100); // what is answered at once is not stored
  const order = await page.evaluate(async () => {
    const { order } = window as unknown as { order: string[] };
    order.length = 0;
    const [first] = await Promise.all([window.chat.sendMessage('one'), window.chat.sendUserActivity('writing')]);
    return [first.message.message, ...order];
  });
  expect(order.slice(0, 3)).toEqual(['one', 'messages:new', 'users:activity']);
  expect(await page.evaluate(() => (window as any).order)).toContain('stored');
});

// In a Worker the step at which a message is stored is not that of the call: see docs/promise.md.
test('a reload at every step of a send: in the log once, in order', { tag: '@page' }, async ({ attendedPage, sdk, link, guard }) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage(link.url);
  const said: string[] = [];
  for (const [step, before] of [
    ['created', async () => {}],
    ['on its way', async () => link.hold(true)],
    ['answered by a server that was not heard', async () => link.delay(300)],
    ['offline', async () => (await link.refuse(true), link.cut())],
  ] as const) {
    await before();
    await page.evaluate((text) => {
      void window.chat.sendMessage(`${text} 1`);
      void window.chat.sendMessage(`${text} 2`);
    }, step);
    said.push(`${step} 1`, `${step} 2`);
    await expect.poll(async () => (await records(page)).length).toBeGreaterThanOrEqual(step === 'created' ? 0 : 1);
    await page.goto('about:blank');
    link.hold(false);
    link.delay(0);
    link.clear();
    await link.refuse(false);
    await sdk({ page, server: link.url });
    await restore(page);
    await expect.poll(() => messages(agent, chatId)).toEqual(said);
  }
  await expect.poll(() => records(page)).toEqual([]);
});

test('offline for a while: nothing is lost, all arrives in order', async ({ attendedPage, context, guard }) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage();
  await context.setOffline(true);
  const reached = () =>
    Promise.all([
      navigator.onLine,
      fetch('/').then(
        () => true,
        () => false,
      ),
    ]);
  expect(await page.evaluate(reached), 'the browser is offline').toEqual([false, false]);
  const texts = Array.from({ length: 50 }, (_, i) => `offline ${i}`);
  await page.evaluate((texts) => texts.forEach((text) => void window.chat.sendMessage(text)), texts);
  expect(await messages(agent, chatId)).toEqual([]);
  await context.setOffline(false);
  await expect.poll(() => messages(agent, chatId), { timeout: 20_000 }).toEqual(texts);
});

for (const [locks, script] of [
  ['with locks', ''],
  ['without locks, as on plain http', "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })"],
] as const) {
  test(`${locks}: a tab that is closed with messages waiting: another takes them over, once`, async ({
    sdk,
    wire,
    context,
    link,
    guard,
  }) => {
    guard.allow(connectionErrors);
    await context.addInitScript(script);
    const agent = await wire.agent('agent1');
    const first = await sdk();
    await enter(first, { appId: 'demo', server: link.url });
    const chatId = await openChat(first);
    await attended(first, agent, chatId);
    const second = await sdk({ page: await context.newPage() });
    await second.evaluate((server) => ICF.init({ appId: 'demo', server }), link.url);
    await link.refuse(true);
    link.cut();
    await first.evaluate(() => void window.chat.sendMessage('left behind'));
    await expect.poll(async () => (await records(first)).length).toBe(1);
    await first.close({ runBeforeUnload: true });
    await link.refuse(false);
    await expect
      .poll(async () => {
        await second.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        return messages(agent, chatId);
      })
      .toEqual(['left behind']);
    await expect.poll(() => records(second)).toEqual([]);
  });

  test(`${locks}: a tab that lives keeps what is its own`, async ({ sdk, wire, context, link, guard }) => {
    guard.allow(connectionErrors);
    await context.addInitScript(script);
    const agent = await wire.agent('agent1');
    const first = await sdk();
    await enter(first, { appId: 'demo', server: link.url });
    const chatId = await openChat(first);
    await attended(first, agent, chatId);
    link.hold(true);
    await first.evaluate(() => void window.chat.sendMessage('mine to send'));
    await expect.poll(async () => (await records(first)).length).toBe(1);
    const sends: string[] = [];
    const second = await context.newPage();
    // What the other tab sends, on its socket or, after a number, on the one that it shares.
    for (const page of [first, second])
      page.on('websocket', (socket) =>
        socket.on('framesent', ({ payload }) => {
          const own = String(payload).startsWith('{');
          if (own === (page === second)) sends.push(String(payload));
        }),
      );
    await sdk({ page: second });
    link.cut();
    link.hold(false);
    await second.evaluate((server) => ICF.init({ appId: 'demo', server }), link.url);
    await expect.poll(() => messages(agent, chatId)).toEqual(['mine to send']);
    expect(
      sends.some((frame) => frame.includes('session:open')),
      'the other tab is connected',
    ).toBe(true);
    expect(sends.filter((frame) => frame.includes('mine to send'))).toEqual([]);
  });
}

/** A page in an attended chat, whose `errors` are what it is told of errors. */
async function told(sdk: () => Promise<Page>, wire: any) {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  await page.evaluate(() => {
    (window as any).errors = [];
    ICF.Parley.on('error', ({ message }) => (window as any).errors.push(message));
  });
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  return { agent, page, chatId };
}

for (const [how, script] of [
  ['refused', "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError') } })"],
  ['full', "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"],
] as const)
  test(`storage is ${how}: messages are sent all the same, and the page is told once`, async ({ sdk, context, wire }) => {
    await context.addInitScript(script);
    const { agent, page, chatId } = await told(sdk, wire);
    await page.evaluate(async () => {
      await window.chat.sendMessage('1');
      await window.chat.sendMessage('2');
    });
    expect(await messages(agent, chatId)).toEqual(['1', '2']);
    expect(await page.evaluate(() => (window as any).errors)).toEqual([expect.stringContaining('cannot be stored')]);
  });

test('a store that hangs: messages are sent in order meanwhile, and the page is told once', async ({ sdk, context, wire }) => {
  await context.addInitScript(() => {
    const { set } = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, 'oncomplete')!;
    const hung = ((window as any).hung = { on: false });
    Object.defineProperty(IDBTransaction.prototype, 'oncomplete', {
      set(run) {
        set!.call(this, (event: Event) => hung.on || run(event));
      },
    });
  });
  const { agent, page, chatId } = await told(sdk, wire);
  const texts = Array.from({ length: 20 }, (_, i) => `meanwhile ${i}`);
  await page.evaluate(async (texts) => {
    (window as any).hung.on = true;
    for (const text of texts) await window.chat.sendMessage(text);
  }, texts);
  expect(await messages(agent, chatId)).toEqual(texts);
  await page.waitForFunction(() => (window as any).errors.length > 0);
  await page.evaluate(() => window.chat.sendMessage('afterwards'));
  expect(await messages(agent, chatId)).toEqual([...texts, 'afterwards']);
  expect(await page.evaluate(() => (window as any).errors)).toEqual([expect.stringContaining('cannot be stored')]);
});

test('closing the lobby leaves nothing of the user in the store', async ({ attendedPage, link, guard }) => {
  guard.allow(connectionErrors);
  const { page } = await attendedPage(link.url);
  await link.refuse(true);
  link.cut();
  await page.evaluate(() => void window.chat.sendMessage('never sent').catch(() => {}));
  await expect.poll(async () => (await records(page)).length).toBe(1);
  await page.evaluate(() => ICF.Lobby.close());
  await expect.poll(() => records(page)).toEqual([]);
  expect(await outcome(page, `chat.sendMessage("x")`)).toMatchObject({ code: 401 });
});

// With the core in a Worker such a message may be lost (docs/promise.md).
for (const [what, leave] of [
  ['goes on by a link', () => void (location.href = 'about:blank')],
  ['is reloaded', () => location.reload()],
] as const)
  test(`a message of the very task in which the page ${what}, on a dead network: the next page sends it`, { tag: '@page' }, async ({
    sdk,
    wire,
    link,
    guard,
  }) => {
    guard.allow(connectionErrors);
    const agent = await wire.agent('agent1');
    const page = await sdk();
    const url = page.url();
    await enter(page, { appId: 'demo', server: link.url });
    const chatId = await openChat(page);
    await attended(page, agent, chatId);
    await page.evaluate(() => window.chat.sendMessage('before'));
    link.hold(true);
    await page.evaluate(`setTimeout(() => { window.chat.sendMessage('and this'); (${leave})(); })`).catch(() => {}); // the page is gone
    await page.waitForEvent('load');
    link.cut();
    link.hold(false);
    if (page.url() !== url) await page.goto(url);
    await page.waitForFunction(() => 'ICF' in window);
    await page.evaluate((server) => ICF.init({ appId: 'demo', server }), link.url);
    await expect.poll(() => messages(agent, chatId)).toEqual(['before', 'and this']);
  });
