// Several tabs of one user: each hears of the others, none of itself, and what
// one has left undone the others do.
import type { Page } from '@playwright/test';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, count, enter, event, openChat, outcome, restore, said, stored } from './support/sdk.ts';

test('two tabs of one user: each hears of the other, none of itself', { tag: '@engines' }, async ({ sdk, context }) => {
  const first = await sdk();
  await enter(first);
  const chatId = await openChat(first);
  const second = await sdk({ page: await context.newPage() });
  await second.evaluate(async (id) => {
    await ICF.init({ appId: 'demo' });
    window.chat = ICF.Lobby.chats[id]!;
    window.seen = [];
    for (const name of ['message:received', 'chat:closed', 'user:joined'] as const)
      window.chat.on(name, (data: any) => window.seen.push([name, data]));
  }, chatId);
  await first.evaluate(() => window.chat.sendMessage('from the first tab'));
  expect(await event(second, 'message:received')).toMatchObject({ message: { message: 'from the first tab' } });
  await second.evaluate(() => window.chat.sendMessage('from the second'));
  expect(await event(first, 'message:received')).toMatchObject({ message: { message: 'from the second' } });
  await second.evaluate(() => window.chat.close());
  await event(first, 'chat:closed');
  expect(await count(first, 'message:received')).toBe(1);
  expect(await count(second, 'message:received')).toBe(1);
  expect(await count(second, 'chat:closed')).toBe(0);
  expect(await outcome(first, `chat.sendMessage("too late")`)).toMatchObject({ code: 410 });
});

test('a tab that begins after another one, but was loaded before it, goes on with its chat', async ({ sdk, context }) => {
  const first = await sdk();
  const second = await sdk({ page: await context.newPage() });
  const user = await enter(first);
  const chatId = await openChat(first);
  await enter(second);
  expect(await openChat(second), 'the chat of the first tab').toBe(chatId);
  expect(await second.evaluate(() => ICF.Connection.me()!.id)).toBe(user.id);
  await second.evaluate(() => window.chat.sendMessage('from the second'));
  expect(await event(first, 'message:received')).toMatchObject({ message: { message: 'from the second' } });
  await second.reload();
  expect(await restore(second)).toEqual({ logged: true, chats: [chatId] });
});

test('two tabs that begin in the same instant both have the chat', async ({ sdk, context }) => {
  const tabs = [await sdk(), await sdk({ page: await context.newPage() })];
  const chats = await Promise.all(
    tabs.map(async (tab) => {
      await enter(tab);
      return openChat(tab);
    }),
  );
  // Before the session of one has reached the other, each is a visitor of its own.
  const users = await Promise.all(tabs.map((tab) => tab.evaluate(() => ICF.Connection.me()!.id)));
  expect(chats[0] === chats[1]).toBe(users[0] === users[1]);
  for (const [i, tab] of tabs.entries()) {
    await tab.evaluate((i) => window.chat.sendMessage(`from tab ${i}`), i);
    await expect.poll(() => said(tab)).toContain(`from tab ${i}`);
  }
  const reloaded = tabs[1]!;
  await reloaded.reload();
  expect((await restore(reloaded)).logged, 'the cookie is of an open chat').toBe(true);
});

test('another user is not taken for the one of the session that the page found', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  await page.reload();
  await restore(page);
  expect(await outcome(page, `ICF.Lobby.init({id: "someone", token: "else"})`)).toMatchObject({ code: 409 });
});

test('three tabs: messages and reads reach the other two, and nobody twice', async ({ sdk, context, wire }) => {
  const agent = await wire.agent('agent1');
  const first = await sdk();
  await enter(first);
  const chatId = await openChat(first);
  await attended(first, agent, chatId);
  const others = [await sdk({ page: await context.newPage() }), await sdk({ page: await context.newPage() })];
  for (const tab of others) expect(await restore(tab)).toEqual({ logged: true, chats: [chatId] });
  const tabs = [first, ...others];
  const me = await first.evaluate(() => ICF.Connection.me()!.id);

  // All at the same time, and the order is the log's for everybody.
  await Promise.all(
    tabs.map((tab, i) => tab.evaluate((i) => Promise.all(['a', 'b', 'c'].map((n) => window.chat.sendMessage(`${n} of ${i}`))), i)),
  );
  for (const tab of tabs) await expect.poll(() => said(tab)).toHaveLength(9);
  const ids = () => Promise.all(tabs.map((tab) => tab.evaluate(() => window.chat.history.map(({ id }) => id).sort())));
  expect(new Set((await ids()).map(String)).size).toBe(1);
  for (const [i, tab] of tabs.entries()) {
    const heard = await tab.evaluate(() =>
      window.seen.filter(([name]) => name === 'message:received').map(([, data]) => [data.message.sender, data.message.message]),
    );
    expect(heard).toHaveLength(6);
    expect(heard.every(([sender, text]) => sender === me && !text.endsWith(`of ${i}`))).toBe(true);
  }

  const { message } = await agent.request('messages:new', { chatId, message: 'to be read' });
  await Promise.all(tabs.map((tab) => tab.waitForFunction((id) => window.chat.history.some((message) => message.id === id), message.id)));
  await first.evaluate((id) => window.chat.readMessage(id), message.id);
  for (const tab of others) expect(await event(tab, 'message:read')).toMatchObject({ chatId, userId: me, message: { id: message.id } });
  await first.evaluate(() => window.chat.sendMessage('a round'));
  expect(await count(first, 'message:read')).toBe(0);
  for (const tab of tabs)
    expect(await tab.evaluate((id) => window.chat.history.find((message) => message.id === id)!.readBy, message.id)).toEqual([me]);
});

test("an import stands in every tab's history, once and by time, and is news to none", async ({ sdk, context }) => {
  const first = await sdk();
  await enter(first);
  await openChat(first);
  const second = await sdk({ page: await context.newPage() });
  await restore(second);
  await first.evaluate(() => window.chat.sendMessage('live'));
  await first.evaluate(() =>
    window.chat.importHistory([
      { sender: 'assistant', message: 'before', created: 1000 },
      { sender: 'assistant', message: 'long before', created: 10 },
    ]),
  );
  await second.evaluate(() => window.chat.sendMessage('after'));
  for (const tab of [first, second]) await expect.poll(() => said(tab)).toEqual(['long before', 'before', 'live', 'after']);
  const heard = (page: Page) => page.evaluate(() => window.seen.map(([, data]) => data.message.message));
  expect(await heard(first)).toEqual(['after']);
  expect(await heard(second)).toEqual(['live']);
  expect(await second.evaluate(() => window.chat.readAnyUnreadMessageFromHistory())).toEqual({});
});

test('what one tab was told of or has read is not unread in the next', async ({ sdk, context, wire }) => {
  const agent = await wire.agent('agent1');
  const first = await sdk();
  await enter(first);
  const chatId = await openChat(first);
  await attended(first, agent, chatId);
  await agent.request('messages:new', { chatId, message: 'told' });
  await event(first, 'message:received');
  const second = await sdk({ page: await context.newPage() });
  await restore(second);
  expect(await second.evaluate(() => window.chat.readAnyUnreadMessageFromHistory())).toEqual({});
});

test('a message on its way when another tab opens arrives once, and its tab does not hear of it', async ({ sdk, context, wire }) => {
  const agent = await wire.agent('agent1');
  const first = await context.newPage();
  // The first tab's frames do not leave it while `held`.
  let [held, kept] = [false, [] as (() => void)[]];
  await first.routeWebSocket(/\/v1\/socket/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => (held ? void kept.push(() => server.send(frame)) : server.send(frame)));
  });
  await sdk({ page: first });
  await enter(first);
  const chatId = await openChat(first);
  await attended(first, agent, chatId);
  held = true;
  const sending = first.evaluate(() => window.chat.sendMessage('in between').then(({ message }) => message.id));
  await expect.poll(() => kept.length).toBe(1);
  const second = await sdk({ page: await context.newPage() });
  await restore(second);
  await second.evaluate(() => window.chat.sendMessage('from the second'));
  held = false;
  for (const send of kept) send();
  const id = await sending;

  await expect.poll(() => said(first)).toHaveLength(2);
  await expect.poll(() => said(second)).toHaveLength(2);
  for (const tab of [first, second]) expect((await said(tab)).filter((text) => text === 'in between')).toHaveLength(1);
  expect(await second.evaluate((id) => window.chat.history.some((message) => message.id === id), id)).toBe(true);
  expect(
    await first.evaluate(() => window.seen.filter(([name]) => name === 'message:received').map(([, data]) => data.message.message)),
  ).toEqual(['from the second']);
  await agent.next('messages:new', (data) => data.message.message === 'in between');
  expect(agent.pushes.filter(({ event }) => event === 'messages:new')).toHaveLength(2);
});

test('what a tab had not sent when it was closed the other tab sends after its reload', async ({ sdk, context, wire, link, guard }) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const first = await sdk({ server: link.url });
  await enter(first);
  const chatId = await openChat(first);
  await attended(first, agent, chatId);
  const second = await sdk({ server: link.url, page: await context.newPage() });
  await restore(second);
  await link.refuse(true);
  link.cut();
  await first.evaluate(() => void window.chat.sendMessage('last words').catch(() => {}));
  await expect.poll(() => first.evaluate(stored)).toBe(1);
  await first.close();
  await link.refuse(false);
  await second.reload();
  await restore(second);
  await agent.next('messages:new', (data) => data.message.message === 'last words');
  await expect.poll(() => said(second)).toEqual(['last words']);
});

test('what a tab had not sent when it was closed another open tab sends at once', async ({ sdk, context, wire }) => {
  const agent = await wire.agent('agent1');
  const first = await context.newPage();
  let held = false; // the frames of the first tab go nowhere
  await first.routeWebSocket(/\/v1\/socket/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      if (!held) server.send(frame);
    });
  });
  await sdk({ page: first });
  await enter(first);
  const chatId = await openChat(first);
  await attended(first, agent, chatId);
  const second = await context.newPage();
  await second.addInitScript(() => (window.setInterval = (() => 0) as any)); // so that no poll can find the message
  await sdk({ page: second });
  await restore(second);
  held = true;
  await first.evaluate(() => void window.chat.sendMessage('last words').catch(() => {}));
  await expect.poll(() => first.evaluate(stored)).toBe(1);
  await first.close();
  await agent.next('messages:new', (data) => data.message.message === 'last words');
  await expect.poll(() => said(second)).toEqual(['last words']);
});

test('closing the lobby in one tab ends the session in all', async ({ sdk, context }) => {
  const first = await sdk();
  await enter(first);
  await openChat(first);
  const second = await sdk({ page: await context.newPage() });
  await restore(second);
  await first.evaluate(() => ICF.Lobby.close());
  await expect
    .poll(() => second.evaluate(() => [ICF.Lobby.logged, !!ICF.Connection.getToken(), Object.keys(ICF.Lobby.getUserChats())]))
    .toEqual([false, false, []]);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('i.cc');
  expect(await outcome(second, `chat.sendMessage("to nobody")`)).toMatchObject({ code: 401, isError: true });
  await enter(second);
  expect(await openChat(second)).toBeTruthy();
});
