// Table a.6: ICF.Events, the raw events.
import { expect, outcome, test } from './support.ts';

test("a.6 send: a Promise with the server's data, or an Error", async ({ opened }) => {
  const { page, me, chatId } = opened;
  expect(await page.evaluate((userId) => ICF.Events.send('users:chats', { userId }), me)).toMatchObject({
    chats: { [chatId]: { id: chatId } },
  });
  expect(await page.evaluate((id) => ICF.Events.send('chats:get', { chatId: id, fields: 'users' }), chatId)).toMatchObject({
    chat: { id: chatId, users: [{ id: me }] },
  });
  expect(await page.evaluate(() => ICF.Events.send('user:focus'))).toMatchObject({ success: true });
  expect(await outcome(page, `ICF.Events.send("no:such", {})`)).toMatchObject({ code: 404, isError: true });
});

test('a.6 subscribe: the listener gets the data of each such event', async ({ talk }) => {
  await talk.page.evaluate(() => {
    (window as any).raw = [];
    ICF.Events.subscribe('messages:new', (data) => (window as any).raw.push(data));
  });
  const { message } = await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'raw' });
  await talk.page.waitForFunction(() => (window as any).raw.length === 1);
  expect(await talk.page.evaluate(() => (window as any).raw[0])).toMatchObject({ chatId: talk.chatId, userId: talk.agentId, message });
});

test('a.6 unsubscribe: takes this listener away and leaves the others', async ({ talk }) => {
  await talk.page.evaluate(() => {
    (window as any).heard = [];
    const gone = () => (window as any).heard.push('gone');
    ICF.Events.subscribe('messages:new', gone);
    ICF.Events.subscribe('messages:new', () => (window as any).heard.push('stays'));
    ICF.Events.unsubscribe('messages:new', gone);
  });
  await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'raw' });
  await talk.page.waitForFunction(() => (window as any).heard.length > 0);
  expect(await talk.page.evaluate(() => (window as any).heard)).toEqual(['stays']);
});
