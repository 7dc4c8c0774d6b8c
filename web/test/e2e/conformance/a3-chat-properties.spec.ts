// Table a.3: the properties of a chat that are read from outside.
import { event, expect, test } from './support.ts';

test('a.3 id: a String, the same everywhere', async ({ opened }) => {
  expect(await opened.page.evaluate(() => [typeof window.chat.id, window.chat.id === Object.keys(ICF.Lobby.getUserChats())[0]])).toEqual([
    'string',
    true,
  ]);
});

test('a.3 users: has agents that joined, by the time that events about them fire', async ({ talk }) => {
  await talk.page.evaluate(() => {
    (window as any).known = {};
    for (const name of ['user:activity', 'message:received'] as const)
      window.chat.on(
        name,
        (data: any) => ((window as any).known[name] = window.chat.users.find((user) => user.id === data.userId)?.nickname),
      );
  });
  await talk.agent.request('users:activity', { chatId: talk.chatId, type: 'writing' });
  await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'hi' });
  await event(talk.page, 'message:received');
  const nickname = talk.agent.user.nickname;
  expect(nickname).toBeTruthy();
  expect(await talk.page.evaluate(() => (window as any).known)).toEqual({ 'user:activity': nickname, 'message:received': nickname });
});

test('a.3 closed: false while it is open, then true', async ({ opened }) => {
  expect(await opened.page.evaluate(() => window.chat.closed)).toBe(false);
  expect(await opened.page.evaluate(() => window.chat.close().then(() => window.chat.closed))).toBe(true);
});

test("a.3 rest of the Chat definition: own enumerable properties, so that lodash's isEmpty(chat) is false", async ({ opened, page }) => {
  void page;
  await opened.page.addScriptTag({ path: 'node_modules/lodash/lodash.min.js' });
  const found = await opened.page.evaluate(() => ({
    empty: (window as any)._.isEmpty(window.chat),
    keys: Object.keys(window.chat),
    clone: JSON.parse(JSON.stringify(window.chat)).id === window.chat.id,
  }));
  expect(found.empty).toBe(false);
  expect(found.clone).toBe(true);
  expect(found.keys).toEqual(
    expect.arrayContaining(['id', 'status', 'closed', 'creator', 'room', 'lang', 'source', 'users', 'watchers', 'history', 'inQueue']),
  );
});
