// A known user reads their earlier conversations in the window.
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { usable } from './support/usable.ts';

test('a known user finds their earlier conversations, and reads one', async ({ page, server, site, wire }) => {
  await rest(server.url, '', 'PUT', '/settings', { privacy: { ownChats: true } }, true);
  const { user, session } = await rest(server.url, '', 'POST', '/users', { externalId: 'customer-7', name: 'Ada' }, true);
  const agent = await wire.agent('agent1');
  for (const text of ['my parcel is late', 'it has come']) {
    const { chat } = await rest(server.url, session.token, 'POST', '/chats', { room: '1', source: '3' });
    await rest(server.url, session.token, 'POST', `/chats/${chat.id}/messages`, { message: text });
    await agent.request('chats:join', { chatId: chat.id });
    await agent.request('messages:new', { chatId: chat.id, message: `I see: ${text}` });
    await rest(server.url, session.token, 'DELETE', `/chats/${chat.id}`);
  }
  await page.goto(site.page(`${server.url}/sdk/1/icf.sdk.js`, { before: '<parley-chat app-id="demo" room="1"></parley-chat>' }));
  await page.waitForFunction(() => 'ICF' in window);
  await page.evaluate(
    async ([id, token]) => {
      await ICF.init({ appId: 'demo' });
      await ICF.Lobby.init({ id: id!, token: token! });
    },
    [user.id, session.token],
  );
  await page.addScriptTag({ url: `${server.url}/sdk/1/parley-chat.js` });
  await page.getByTestId('chat-open').click();
  await page.getByTestId('chat-earlier').click();
  await expect(page.getByTestId('chat-past-item')).toHaveCount(2);
  await expect(page.getByTestId('chat-back')).toBeFocused();
  await usable(page);
  await page.getByTestId('chat-past-item').last().click();
  const read = page.getByRole('region', { name: 'Earlier conversations' }).getByTestId('chat-message');
  await expect(read).toHaveText([/my parcel is late/, /I see: my parcel is late/]);
  await expect(page.getByTestId('chat-input')).toBeHidden();
  await usable(page);
  await page.getByTestId('chat-back').click();
  await expect(page.getByTestId('chat-past-item')).toHaveCount(2);
  await page.getByTestId('chat-back').click();
  await expect(page.getByTestId('chat-start')).toBeVisible();
});
