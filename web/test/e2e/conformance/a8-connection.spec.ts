// Table a.8: ICF.Connection.
import { enter, expect, test } from './support.ts';

test('a.8 me: the User, at once, also while a chat ends', async ({ talk }) => {
  expect(await talk.page.evaluate(() => ICF.Connection.me()!.id)).toBe(talk.me);
  await talk.page.evaluate(() => window.chat.on('chat:closed', () => ((window as any).atEnd = ICF.Connection.me()!.id)));
  await talk.agent.request('chats:close', { chatId: talk.chatId });
  await talk.page.waitForFunction((me) => (window as any).atEnd === me, talk.me);
});

test("a.8 getToken: the session's token, or falsy", async ({ sdk }) => {
  const page = await sdk();
  expect(await page.evaluate(() => !ICF.Connection.getToken())).toBe(true);
  const { token } = await enter(page);
  expect(await page.evaluate(() => ICF.Connection.getToken())).toBe(token);
  await page.evaluate(() => ICF.Lobby.close());
  expect(await page.evaluate(() => !ICF.Connection.getToken())).toBe(true);
});
