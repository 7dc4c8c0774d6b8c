// ICF.Parley.destroy leaves nothing in the page, loses nothing, and init works again at once.
import type { Page } from '@playwright/test';
import { census, takeCensus } from './support/census.ts';
import { connectionErrors, endedEarly, expect, test } from './support/fixtures.ts';
import { held, live } from './support/lives.ts';
import { attended, enter, event, openChat, outcome, restore, said, stored } from './support/sdk.ts';
import type { Wire } from './support/wire.ts';

const messages = async (agent: Wire, chatId: string): Promise<string[]> =>
  (await agent.request('chats:get', { chatId, fields: 'history' })).chat.history.map(({ message }: any) => message);
const destroy = (page: Page) => page.evaluate(() => ICF.Parley.destroy());
const gone = { code: 499, message: 'ICF.Parley.destroy was called', isError: true };
const sentLater = { ...gone, message: 'ICF.Parley.destroy was called: the request is stored, and sent later' };

test('nothing is left: no listener, timer, socket, lock, request or open database', { tag: '@page' }, async ({ sdk, context, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await context.newPage();
  await takeCensus(page);
  await sdk({ page });
  const before = await census(page);
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(async () => {
    document.body.append(document.createElement('textarea'));
    ICF.Helper.monitorUserActivity(document.querySelector('textarea')!, window.chat);
    await window.chat.sendMessage('hello');
  });
  const during = await census(page);
  expect([during.sockets, during.databases, during.channels], 'what is counted is there').toEqual([1, 1, 1]);
  expect(during.locks, 'that of the tab, and that of the socket').toBe(2);
  expect(during.timers).toBeGreaterThan(1);
  expect(Object.keys(during.listeners)).toContain('visibilitychange');
  await destroy(page);
  await expect.poll(() => census(page)).toEqual(before);
  expect(await page.evaluate(() => window.census.codes)).toEqual([1000]);
  expect(
    await page.evaluate(() => [ICF.isInit, ICF.Lobby.logged, ICF.Lobby.chats, ICF.Connection.me(), ICF.Connection.getToken()]),
  ).toEqual([false, false, {}, null, null]);
  expect(await page.evaluate(() => [ICF.Parley.connection, ICF.Parley.pending(), ICF.Parley.stats()])).toEqual([
    { state: 'closed', code: 0 },
    [],
    null,
  ]);
});

test('the session survives: init restores it, with chats that are new objects; those of before are dead', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  const { id } = await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(async () => {
    const old = ((window as any).old = window.chat);
    (window as any).heard = [];
    for (const target of [old, ICF.Lobby, ICF.Parley] as any[])
      for (const name of ['message:received', 'system:info', 'connection', 'message'])
        target.on(name, () => (window as any).heard.push(name));
    ICF.Events.subscribe('messages:new', () => (window as any).heard.push('messages:new'));
    await ICF.Parley.destroy();
    (window as any).heard = [];
  });
  expect(await outcome(page, 'ICF.Events.send("users:chats")'), 'as before init').toMatchObject({
    code: 400,
    message: 'call ICF.init first',
  });
  expect(await restore(page)).toEqual({ logged: true, chats: [chatId] });
  expect(await page.evaluate(() => ICF.Connection.me()!.id)).toBe(id);
  await agent.request('messages:new', { chatId, message: 'are you there?' });
  await event(page, 'message:received');
  for (const call of [
    'old.sendMessage("x")',
    'old.searchAgent()',
    'old.close()',
    'old.sendUserActivity("writing")',
    'old.importHistory([{ sender: "assistant", message: "x" }])',
  ])
    expect(await outcome(page, call), call).toMatchObject(gone);
  expect(
    await page.evaluate(() => [(window as any).old === window.chat, (window as any).old.hasOtherUsers(), (window as any).heard]),
  ).toEqual([false, true, []]);
  await page.evaluate(() => window.chat.sendMessage('yes'));
  expect(await messages(agent, chatId)).toEqual(['are you there?', 'yes']);
});

test('calls that wait are rejected; messages are stored, and sent by the next init', async ({ attendedPage, link, guard }) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage(link.url);
  link.hold(true);
  expect(
    await page.evaluate(async () => {
      const { chat } = window;
      const told = (promise: PromiseLike<unknown>) =>
        Promise.resolve(promise).then(
          () => 'done',
          ({ code, message }) => [code, message],
        );
      const large = new File([new Uint8Array(5_000_000)], 'large.png', { type: 'image/png' });
      const calls = [
        told(chat.sendMessage('1')),
        told(chat.sendMessage('2')),
        told(chat.importHistory([{ sender: 'assistant', message: '0' }])),
        told(chat.readMessage('x')),
        told(chat.sendMedia(large)),
        told(chat.searchAgent()),
        told(ICF.Api.request('/users/x')),
      ];
      await ICF.Parley.destroy();
      return Promise.all(calls);
    }),
  ).toEqual([...Array(4).fill([499, sentLater.message]), ...Array(3).fill([499, gone.message])]);
  expect(await page.evaluate(stored)).toBe(4);
  link.cut();
  link.hold(false);
  await page.evaluate((server) => ICF.init({ appId: 'demo', server }), link.url);
  await expect.poll(() => messages(agent, chatId)).toEqual(['1', '2', '0']);
  await expect.poll(() => page.evaluate(stored)).toBe(0);
});

test('what is left is sent at once by another tab that is open', async ({ attendedPage, sdk, context }) => {
  const { agent, page, chatId } = await attendedPage();
  const other = await sdk({ page: await context.newPage() });
  await restore(other);
  expect(
    await page.evaluate(async () => {
      const sent = window.chat.sendMessage('for the other tab').catch((error) => error.code);
      await ICF.Parley.destroy();
      return sent;
    }),
  ).toBe(499);
  await expect.poll(() => messages(agent, chatId)).toEqual(['for the other tab']);
  await expect.poll(() => said(other)).toEqual(['for the other tab']);
});

test('init, destroy and init without waiting, twice, before init, and during it', { tag: '@page' }, async ({ sdk }) => {
  const page = await sdk();
  expect(await outcome(page, 'ICF.Parley.destroy().then(() => "nothing to do")')).toEqual({ value: 'nothing to do' });
  expect(
    await page.evaluate(async () => {
      const told = (promise: Promise<unknown>) =>
        promise.then(
          () => 'done',
          ({ code }) => code,
        );
      const options = { appId: 'demo' };
      const first = told(ICF.init(options));
      const waits = told(ICF.Events.send('users:chats'));
      const all = [
        first,
        waits,
        told(ICF.Parley.destroy()),
        told(ICF.Parley.destroy()),
        told(ICF.init(options)),
        told(ICF.Parley.destroy()),
      ];
      all.push(told(ICF.init({ appId: 'demo', session: 'tab' })));
      const results = await Promise.all(all);
      return [results, ICF.isInit, document.scripts.length];
    }),
  ).toEqual([[499, 499, 'done', 'done', 499, 'done', 'done'], true, 1]);
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /\.wasm$/.test(name)).length);
  expect(fetched, 'the core is fetched once').toBe(1);
  await enter(page, { appId: 'demo', session: 'tab' });
  await openChat(page);
  expect((await page.evaluate(() => window.chat.sendMessage('x'))).message.message).toBe('x');
});

test('at every moment of init: its promise is rejected at once, and the next one is right', async ({ sdk, context, guard }) => {
  guard.allow(endedEarly);
  const page = await context.newPage();
  await takeCensus(page);
  await sdk({ page });
  await enter(page);
  const chatId = await openChat(page);
  await destroy(page);
  const before = await census(page);
  const results = await page.evaluate(async () => {
    const told: unknown[] = [];
    for (let steps = 0; steps < 60; steps++) {
      const init = ICF.init({ appId: 'demo' }).then(
        () => 'done',
        ({ code }) => code,
      );
      for (let i = 0; i < steps % 20; i++) await null; // in the middle of its promises
      for (let i = 0; i < Math.floor(steps / 4); i++) await new Promise((later) => setTimeout(later, 1)); // and of its tasks
      await ICF.Parley.destroy();
      told.push(await init);
    }
    return told;
  });
  expect(results.filter((result) => result !== 'done' && result !== 499)).toEqual([]);
  expect(results[0]).toBe(499);
  await expect.poll(() => census(page)).toEqual(before);
  expect(await restore(page)).toEqual({ logged: true, chats: [chatId] });
});

test('in a listener: the other listeners of the event, and later events, are not called', async ({ attendedPage }) => {
  const { agent, page, chatId } = await attendedPage();
  await page.evaluate(() => {
    const heard: string[] = ((window as any).heard = []);
    window.chat.on('message:received', ({ message }) => {
      heard.push(`first ${message.message}`);
      (window as any).done = ICF.Parley.destroy().then(() => ICF.init({ appId: 'demo' }));
    });
    window.chat.on('message:received', () => heard.push('second'));
    ICF.Events.subscribe('messages:new', () => heard.push('on the wire'));
  });
  await agent.request('messages:new', { chatId, message: '1' });
  await agent.request('messages:new', { chatId, message: '2' });
  await page.waitForFunction(() => (window as any).done);
  await page.evaluate(() => (window as any).done);
  await expect.poll(() => page.evaluate((id) => ICF.Lobby.chats[id]?.history.length, chatId)).toBe(2);
  const heard = await page.evaluate(() => (window as any).heard);
  expect(heard.filter((what: string) => what !== 'on the wire')).toEqual(['first 1']);
});

test('a logout just before it is a logout', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  await page.evaluate(() => {
    void ICF.Lobby.close();
    return ICF.Parley.destroy();
  });
  expect(await restore(page)).toEqual({ logged: false, chats: [] });
});

test('a page in which the chat begins and ends thirty times holds no more than after ten', { tag: '@page' }, async ({ sdk, context }) => {
  const page = await context.newPage();
  await takeCensus(page);
  await sdk({ page });
  const devtools = await context.newCDPSession(page);
  await live(page, 10);
  const { heap: before, ...rest } = await held(page, devtools);
  await live(page, 20);
  const { heap: after, ...same } = await held(page, devtools);
  expect(same).toEqual(rest);
  expect(rest).toMatchObject({ memories: 0, memory: 0 });
  expect(await page.evaluate(() => window.census.memories.length), 'so many instances were there').toBe(30);
  expect(after - before, 'bytes of the heap').toBeLessThan(100_000);
});
