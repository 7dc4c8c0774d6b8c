// Table a.5: ICF.Lobby.
import { enter, event, expect, openChat, test } from './support.ts';

test('a.5 init: logs in with the id and token of POST /users; sets logged, the cookie and the connection', async ({ sdk, context }) => {
  const page = await sdk();
  const { id, token } = await enter(page);
  expect(await page.evaluate(() => [ICF.Lobby.logged, ICF.Connection.me()!.id, ICF.Connection.getToken()])).toEqual([true, id, token]);
  expect((await context.cookies()).map(({ name }) => name)).toContain('i.cc');
  expect(await page.evaluate(() => ICF.Lobby.init({ id: 'nobody', token: 'wrong' }).catch((error: any) => error.code))).toBe(409);
});

test('a.5 logged: true between login and close, nothing else', async ({ sdk }) => {
  const page = await sdk();
  expect(await page.evaluate(() => ICF.Lobby.logged)).toBe(false);
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(await page.evaluate(() => ICF.Lobby.logged)).toBe(false);
  await enter(page);
  expect(await page.evaluate(() => ICF.Lobby.logged)).toBe(true);
  await page.evaluate(() => ICF.Lobby.close());
  expect(await page.evaluate(() => ICF.Lobby.logged)).toBe(false);
});

test('a.5 chats: chat by id, a plain writable property that is read anew', async ({ talk }) => {
  const kept = await talk.page.evaluate(() => {
    const descriptor = Object.getOwnPropertyDescriptor(ICF.Lobby, 'chats')!;
    ICF.Lobby.chats = {};
    return [descriptor.writable, Object.keys(ICF.Lobby.getUserChats())];
  });
  expect(kept).toEqual([true, []]);
  await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'still told' });
  await event(talk.page, 'message:received');
  expect(
    await talk.page.evaluate(
      (id) => ICF.Chat.init({ id }).then((chat) => ICF.Lobby.chats[id] === chat && chat === window.chat),
      talk.chatId,
    ),
  ).toBe(true);
});

test('a.5 getUserChats: the open chats by id, at once; a closed one stays in chats', async ({ opened }) => {
  expect(
    await opened.page.evaluate(() => Object.entries(ICF.Lobby.getUserChats()).map(([id, chat]) => [id, chat === window.chat])),
  ).toEqual([[opened.chatId, true]]);
  await opened.page.evaluate(() => window.chat.close());
  expect(await opened.page.evaluate(() => [Object.keys(ICF.Lobby.getUserChats()), ICF.Lobby.chats[window.chat.id]!.closed])).toEqual([
    [],
    true,
  ]);
});

test('a.5 addEventListener: system:info with the ticket, extensible and cloneable as JSON, within two seconds of the close', async ({
  opened,
}) => {
  const info: any = await opened.page.evaluate(async () => {
    const told = new Promise<any>((resolve) => ICF.Lobby.addEventListener('system:info', resolve));
    const begun = performance.now();
    await window.chat.close();
    const data = await told;
    data.type = 'ticketData';
    return { ...JSON.parse(JSON.stringify(data)), after: performance.now() - begun };
  });
  expect(info).toMatchObject({ chatId: opened.chatId, type: 'ticketData', data: { ticketId: expect.any(String) } });
});

test('a.5 close: not logged, no cookie, no token; closes no chat; its listeners are gone', async ({ talk, context, sdk }) => {
  const { page, agent, chatId } = talk;
  await page.evaluate(() => {
    (window as any).notices = 0;
    ICF.Lobby.addEventListener('system:info', () => (window as any).notices++);
  });
  await page.evaluate(() => ICF.Lobby.close());
  expect(
    await page.evaluate(() => [ICF.Lobby.logged, !!ICF.Connection.getToken(), Object.keys(ICF.Lobby.chats), ICF.Connection.me()!.id]),
  ).toEqual([false, false, [], talk.me]);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('i.cc');
  expect((await agent.request('chats:get', { chatId })).chat.status).toBe('active');
  await enter(page); // a second visitor in the same page
  await openChat(page);
  await page.evaluate(async () => {
    const told = new Promise((resolve) => ICF.Lobby.addEventListener('system:info', resolve));
    await window.chat.close();
    await told;
  });
  expect(await page.evaluate(() => (window as any).notices)).toBe(0);
  void sdk;
});
