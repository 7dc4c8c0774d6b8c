// Life across page loads: what a page finds again of the session, the chats and
// what was said, and what goes on that an earlier page had begun.
import type { BrowserContext, Page } from '@playwright/test';
import { needs } from './support/engine.ts';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, count, enter, event, openChat, outcome, restore, said, stored } from './support/sdk.ts';

const hasCookie = async (context: BrowserContext) => (await context.cookies()).some(({ name }) => name === 'i.cc');

test('the cookie i.cc is there while a session is, and init restores the chat before it resolves', async ({ sdk, wire, context }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('i.cc');
  await enter(page);
  const chatId = await openChat(page);
  expect((await context.cookies()).map(({ name }) => name)).toContain('i.cc');
  await attended(page, agent, chatId);

  await page.reload();
  const restored = await page.evaluate(async () => {
    await ICF.init({ appId: 'demo' });
    const [id] = Object.keys(ICF.Lobby.getUserChats());
    return { logged: ICF.Lobby.logged, id, users: ICF.Lobby.chats[id!]!.users.length, closed: ICF.Lobby.chats[id!]!.closed };
  });
  expect(restored).toEqual({ logged: true, id: chatId, users: 2, closed: false });

  await page.evaluate(() => ICF.Lobby.close());
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('i.cc');
  expect(await page.evaluate(() => [ICF.Lobby.logged, !!ICF.Connection.getToken(), Object.keys(ICF.Lobby.chats)])).toEqual([
    false,
    false,
    [],
  ]);
});

test('a dead session removes the cookie, and init resolves all the same', async ({ sdk, context }) => {
  const page = await sdk();
  await page.evaluate(() => {
    document.cookie = `i.cc=${encodeURIComponent(JSON.stringify({ appId: 'demo', id: 'nobody', token: 'stale' }))}; path=/`;
  });
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(await page.evaluate(() => [ICF.isInit, ICF.Lobby.logged])).toEqual([true, false]);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('i.cc');
});

test('a chat closed while the page was away leaves no cookie, and the page can begin anew', async ({ attendedPage, context }) => {
  const { agent, page, chatId } = await attendedPage();
  const address = page.url();
  await page.goto('about:blank');
  await agent.request('chats:close', { chatId });

  await page.goto(address);
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(await page.evaluate(() => [ICF.isInit, ICF.Lobby.logged, Object.keys(ICF.Lobby.getUserChats())])).toEqual([true, false, []]);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('i.cc');
  await enter(page);
  expect(await openChat(page)).not.toBe(chatId);
});

test('the cookie goes whatever domain an earlier page gave it', async ({ browser, server, site }) => {
  needs('hosts');
  const shop = await browser.browserType().launch({
    ...test.info().project.use.launchOptions,
    args: [...(test.info().project.use.launchOptions?.args ?? []), '--host-resolver-rules=MAP *.shop.test 127.0.0.1'],
  });
  try {
    const context = await shop.newContext();
    const page = await context.newPage();
    await page.goto(site.page(`${server.url}/sdk/1/icf.sdk.js`).replace('127.0.0.1', 'www.shop.test'));
    await enter(page, { appId: 'demo', setCookieOnDomain: true });
    expect((await context.cookies()).map(({ name, domain }) => [name, domain])).toEqual([['i.cc', '.shop.test']]);
    await openChat(page);
    await page.reload();
    expect(await page.evaluate(() => ICF.init({ appId: 'demo' }).then(() => ICF.Lobby.logged))).toBe(true);
    const set = await cookiesSet(page);
    await page.evaluate(() => ICF.Lobby.close());
    expect(await context.cookies()).toEqual([]);
    expect((await set()).map((text) => /Domain=(.*)/.exec(text)?.[1])).toEqual([undefined, 'www.shop.test', 'shop.test']);
  } finally {
    await shop.close();
  }
});

test('on an address no cookie is set that the browser rejects', async ({ sdk, context }) => {
  const page = await sdk();
  const set = await cookiesSet(page);
  await enter(page, { appId: 'demo', setCookieOnDomain: true });
  await openChat(page);
  await page.evaluate(() => ICF.Lobby.close());
  expect(await context.cookies()).toEqual([]);
  expect((await set()).length).toBeGreaterThan(1);
  expect((await set()).filter((text) => text.includes('Domain='))).toEqual([]);
});

// Notes from now on what scripts of the page set as cookies. The returned function gives it.
async function cookiesSet(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')!;
    const all: string[] = ((window as any).cookiesSet = []);
    Object.defineProperty(document, 'cookie', { get, set: (text) => (all.push(text), set!.call(document, text)) });
  });
  return () => page.evaluate(() => (window as any).cookiesSet);
}

test('a message that was not acknowledged survives a reload', async ({ sdk, link, wire }) => {
  const agent = await wire.agent('agent2');
  const page = await sdk({ server: link.url });
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  link.hold(true);
  await page.evaluate(
    () =>
      new Promise<void>((created) => {
        for (const text of ['one', 'two']) void window.chat.sendMessage(text, () => text === 'two' && created()).catch(() => {});
      }),
  );
  link.hold(false);
  link.cut();
  await page.reload();
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  for (const text of ['one', 'two']) {
    expect((await agent.next('messages:new', (data) => data.chatId === chatId)).data.message.message).toBe(text);
  }
  await page.evaluate((id) => ICF.Lobby.chats[id]!.sendMessage('three'), chatId);
  expect((await agent.next('messages:new')).data.message.message, 'nothing came twice in between').toBe('three');
});

test('the conversation is there before init resolves: imported, said and received, by time', async ({ attendedPage }) => {
  const { agent, page, chatId } = await attendedPage();
  await page.evaluate(() => window.chat.sendMessage('mine'));
  await agent.request('messages:new', { chatId, message: 'theirs' });
  await event(page, 'message:received');
  await page.evaluate(() => window.chat.importHistory([{ sender: 'assistant', message: 'long ago', created: 1000 }]));
  const before = await page.evaluate(() => window.chat.history);

  await page.reload();
  expect(await restore(page)).toEqual({ logged: true, chats: [chatId] });
  expect(await page.evaluate(() => window.chat.history)).toEqual(before);
  expect(await said(page)).toEqual(['long ago', 'mine', 'theirs']);
  expect(
    await page.evaluate(() => [window.chat.status, ICF.Connection.me()!.id === window.chat.creator, typeof ICF.Connection.getToken()]),
  ).toEqual(['active', true, 'string']);
  await agent.request('messages:new', { chatId, message: 'and now' });
  await event(page, 'message:received');
  expect(await page.evaluate(() => window.seen.length), 'what was there before is no event').toBe(1);
});

test('unread messages come once, in order, and not those that a listener got', async ({ attendedPage }) => {
  const { agent, page, chatId } = await attendedPage();
  await agent.request('messages:new', { chatId, message: 'told' });
  await event(page, 'message:received');
  const address = page.url();
  await page.goto('about:blank');
  for (const message of ['1', '2', '3']) await agent.request('messages:new', { chatId, message });

  const unread = () =>
    page.evaluate(() =>
      Object.entries(window.chat.readAnyUnreadMessageFromHistory()).map(([id, entry]) => [id === entry.id, entry.sender, entry.message]),
    );
  await page.goto(address);
  await restore(page);
  expect(await unread()).toEqual(['1', '2', '3'].map((text) => [true, agent.user.id, text]));
  expect(await unread()).toEqual([]);
  for (const text of ['1', '2', '3']) expect((await agent.next('messages:read')).data.message.message).toBe(text);
  expect(await count(page, 'message:received')).toBe(0);

  await page.reload();
  await restore(page);
  expect(await unread(), 'nor on the next page').toEqual([]);
});

test("a second init is the first one's promise, and leaves the restored chat as it is", async ({ attendedPage, server }) => {
  const { agent, page, chatId } = await attendedPage();
  await page.reload();
  const same = await page.evaluate(async () => {
    const [first, second] = [ICF.init({ appId: 'demo' }), ICF.init({ appId: 'demo', region: 'eu' })];
    await second;
    return first === second;
  });
  expect(same).toBe(true);
  await restore(page);
  const kept = await page.evaluate(async () => {
    const { chat } = window;
    await ICF.init({ appId: 'demo' });
    return [ICF.isInit, Object.values(ICF.Lobby.getUserChats()).map((found) => found === chat)];
  });
  expect(kept).toEqual([true, [true]]);
  expect(await outcome(page, `ICF.init({appId: "another", server: "${server.url}"})`)).toMatchObject({ code: 409, isError: true });
  await agent.request('messages:new', { chatId, message: 'once' });
  await event(page, 'message:received');
  await page.evaluate(() => window.chat.sendMessage('still here'));
  expect(await count(page, 'message:received')).toBe(1);
});

test('a page that reloads right after Chat.init finds its chat', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  const reloaded = page.waitForEvent('load');
  const script = () =>
    void ICF.Chat.init({ room: '1' }).then(({ id }) => {
      sessionStorage.setItem('chat', id);
      location.reload();
    });
  await page.evaluate(script).catch(() => {}); // the page may be gone before it has answered
  await reloaded;
  await page.waitForFunction(() => 'ICF' in window);
  const chatId = await page.evaluate(() => sessionStorage.getItem('chat'));
  expect(await restore(page)).toEqual({ logged: true, chats: [chatId] });
  expect(await outcome(page, `chat.sendMessage("hello").then(({ message }) => message.message)`)).toEqual({ value: 'hello' });
});

test('a page that reloads before Chat.init was answered finds its chat too', async ({ sdk, link, wire }) => {
  const page = await sdk({ server: link.url });
  const { id: userId, token } = await enter(page);
  link.hold(true);
  await page.evaluate(() => void ICF.Chat.init({ room: '1' }).catch(() => {}));
  const address = page.url();
  await page.goto('about:blank');
  link.hold(false);
  const other = await wire(token);
  const chats = async () => Object.keys((await other.request('users:chats', { userId })).chats);
  await expect.poll(chats).toHaveLength(1);

  await page.goto(address);
  expect(await restore(page)).toEqual({ logged: true, chats: await chats() });
  expect(await outcome(page, `ICF.Chat.init({room: "1"})`)).toMatchObject({ message: 'User already has a chat' });
});

test('a close that was not acknowledged happens on the next page', async ({ attendedPage, link, guard, context }) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage(link.url);
  await link.refuse(true);
  link.cut();
  await page.evaluate(() => void window.chat.close({ reason: 'done' }).catch(() => {}));
  // A page that is left at once may leave before the browser has written anything.
  await expect.poll(() => page.evaluate(stored)).toBe(1);
  await link.refuse(false);
  await page.reload();
  await page.waitForFunction(() => 'ICF' in window);
  await restore(page);
  expect((await agent.next('chats:close')).data).toMatchObject({ chatId, extraData: { reason: 'done' } });
  await expect.poll(() => page.evaluate(() => Object.keys(ICF.Lobby.getUserChats()))).toEqual([]);
  await expect.poll(() => page.evaluate(stored)).toBe(0);
  await page.reload();
  expect(await restore(page)).toEqual({ logged: false, chats: [] });
  expect(await hasCookie(context)).toBe(false);
});

test('a message whose chat was closed meanwhile is reported, and then the session is over', async ({
  attendedPage,
  link,
  guard,
  context,
}) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage(link.url);
  await link.refuse(true);
  link.cut();
  await page.evaluate(() => void window.chat.sendMessage('too late').catch(() => {}));
  await expect.poll(() => page.evaluate(stored)).toBe(1);
  await agent.request('chats:close', { chatId });
  await link.refuse(false);
  await page.reload();
  await page.waitForFunction(() => 'ICF' in window);
  await page.evaluate(() => {
    window.seen = [];
    ICF.Parley.on('error', (data) => window.seen.push(['error', data]));
    return ICF.init({ appId: 'demo' });
  });
  expect(await event(page, 'error')).toMatchObject({ code: 410, chatId });
  await expect.poll(() => page.evaluate(() => [ICF.Lobby.logged, document.cookie.includes('i.cc=')])).toEqual([false, false]);
  expect(await hasCookie(context)).toBe(false);
  await enter(page);
  expect(await openChat(page)).not.toBe(chatId);
});

test("ICF.Lobby.chats = {}: the page's object takes the restored chats, and what it forgets goes on", async ({ attendedPage }) => {
  const { agent, page, chatId } = await attendedPage();
  await page.evaluate(() => void (ICF.Lobby.chats = {}));
  await agent.request('messages:new', { chatId, message: 'heard all the same' });
  await event(page, 'message:received');

  await page.reload();
  const mine = await page.evaluate(async () => {
    const chats = (ICF.Lobby.chats = {});
    await ICF.init({ appId: 'demo' });
    return [ICF.Lobby.chats === chats, Object.keys(chats), Object.keys(ICF.Lobby.getUserChats())];
  });
  expect(mine).toEqual([true, [chatId], [chatId]]);
  await page.evaluate(() => void (ICF.Lobby.chats = {}));
  expect(await page.evaluate(() => Object.keys(ICF.Lobby.getUserChats()))).toEqual([]);
  await page.reload();
  expect(await restore(page), "a page's own books are no session").toEqual({ logged: true, chats: [chatId] });
});

// The page of the documentation: its init is a top-level const, its snippet adds
// the script; then the life of a chat as old pages lead it.
const oldPage = (script: string) => `
  const icfAsyncInit = () => {
    ICF.init({ appId: "demo", region: "eu" }).then(() => {
      const open = document.cookie.includes("i.cc=");
      window.icfReady(open);
    });
  };
  window.ready = new Promise((resolve) => (window.icfReady = resolve));
  (function (document, tag, id) {
    if (document.getElementById(id)) return icfAsyncInit();
    const script = document.createElement(tag), first = document.getElementsByTagName(tag)[0];
    script.id = id;
    script.src = "${script}";
    first.parentNode.insertBefore(script, first);
  })(document, "script", "icf-sdk");`;

test("an old page's snippet, from the first visit to the ticket", async ({ page, site, server, wire, context, guard }) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const visit = async () => {
    await page.goto(site.empty);
    await page.addScriptTag({ content: oldPage(`${server.url}/sdk/1/icf.sdk.js`) });
    return page.evaluate(() => (window as any).ready as Promise<boolean>);
  };
  expect(await visit(), 'no chat is open').toBe(false);
  await enter(page, { appId: 'demo', region: 'eu' });
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.goto('about:blank');
  await agent.request('messages:new', { chatId, message: 'still there?' });

  expect(await visit(), 'a chat is open').toBe(true);
  const found = await page.evaluate(() => {
    const id = Object.keys(ICF.Lobby.getUserChats()).shift()!;
    const chat = (window.chat = ICF.Lobby.chats[id]!);
    window.seen = [];
    chat.on('chat:closed', (data) => window.seen.push(['chat:closed', data]));
    ICF.Lobby.addEventListener('system:info', (data) => {
      window.seen.push(['system:info', data]);
      ICF.Lobby.chats = {};
      void ICF.Lobby.close();
    });
    const unread = ICF.Lobby.logged ? chat.readAnyUnreadMessageFromHistory() : {};
    ICF.Helper.monitorUserActivity(document.body.appendChild(document.createElement('input')), chat, 200, 10);
    return [id, chat.closed, Object.values(unread).map(({ message }) => message)];
  });
  expect(found).toEqual([chatId, false, ['still there?']]);
  await page.locator('input').fill('yes');
  await agent.next('users:activity', (data) => data.type === 'writing');
  await agent.request('chats:close', { chatId });
  expect(await event(page, 'system:info')).toMatchObject({ chatId, data: { ticketId: expect.any(String) } });
  expect(await event(page, 'chat:closed')).toMatchObject({ chatId, userId: agent.user.id });
  await expect
    .poll(() => page.evaluate(() => [ICF.Lobby.logged, !!ICF.Connection.getToken(), document.cookie.includes('i.cc=')]))
    .toEqual([false, false, false]);
  expect(await hasCookie(context)).toBe(false);
  expect(await visit(), 'and the next page begins anew').toBe(false);
});

test('a long history is there, whole and in order, before init resolves', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  const count = 3000;
  await page.evaluate(async (count) => {
    await window.chat.importHistory(
      Array.from({ length: count }, (_, i) => ({
        sender: 'assistant',
        type: 'text',
        message: `entry number ${i}`,
        created: 1_600_000_000 + i,
      })),
    );
    await window.chat.sendMessage('the last');
  }, count);
  await page.reload();
  const history = await page.evaluate(async () => {
    await ICF.init({ appId: 'demo' });
    return Object.values(ICF.Lobby.chats)[0]!.history.map(({ message }) => message);
  });
  expect(history).toEqual([...Array.from({ length: count }, (_, i) => `entry number ${i}`), 'the last']);
});
