// A known user reads their earlier conversations in the window.
import type { Page } from '@playwright/test';
import type { BlankSite } from './support/blank.ts';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Sheet } from './support/looks.ts';
import { Visitor } from './support/pages.ts';
import type { Server } from './support/server.ts';
import { hide, hideable } from './support/sight.ts';
import type { Wire } from './support/wire.ts';

/** Opens the window of a user whom the site knows, and who has had a chat about each of `texts`. */
async function known(page: Page, server: Server, site: BlankSite, agent: Wire, texts: string[]): Promise<Visitor> {
  await rest(server.url, '', 'PUT', '/settings', { privacy: { ownChats: true } }, true);
  const { user, session } = await rest(server.url, '', 'POST', '/users', { externalId: 'customer-7', name: 'Ada' }, true);
  for (const text of texts) {
    const { chat } = await rest(server.url, session.token, 'POST', '/chats', { room: '1', source: '3' });
    await rest(server.url, session.token, 'POST', `/chats/${chat.id}/messages`, { message: text });
    await agent.request('chats:join', { chatId: chat.id });
    await agent.request('messages:new', { chatId: chat.id, message: `I see: ${text}` });
    await rest(server.url, session.token, 'DELETE', `/chats/${chat.id}`);
  }
  await page.goto(site.page(`${server.url}/sdk/1/icf.sdk.js`, { before: '<parley-chat app-id="demo" room="1" lang="en"></parley-chat>' }));
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
  return new Visitor(page);
}

const sheetOf = (page: Page) =>
  new Sheet(page, (lang) => page.evaluate((lang) => void (document.querySelector<HTMLElement>('parley-chat')!.lang = lang), lang));

/** Begins a chat, in which the agent is then, and gives its id. */
async function begin(page: Page, agent: Wire): Promise<string> {
  await page.getByTestId('chat-start').click();
  const { chatId } = (await agent.next('invitations:new')).data;
  await agent.request('invitations:accept', { chatId });
  return chatId;
}

test('a known user finds their earlier conversations, and reads one', async ({ page, server, site, wire }, info) => {
  await known(page, server, site, await wire.agent('agent1'), ['my parcel is late', 'it has come']);
  await page.getByTestId('chat-earlier').click();
  await expect(page.getByTestId('chat-past-item')).toHaveCount(2);
  await expect(page.getByTestId('chat-back')).toBeFocused();
  const sheet = sheetOf(page);
  await sheet.see('earlier');
  await page.getByTestId('chat-past-item').last().click();
  const read = page.getByRole('region', { name: 'Earlier conversations' }).getByTestId('chat-message');
  await expect(read).toHaveText([/my parcel is late/, /I see: my parcel is late/]);
  await expect(page.getByTestId('chat-input')).toBeHidden();
  await sheet.see('one of them');
  await sheet.keep(info, 'earlier');
  await page.getByTestId('chat-back').click();
  await expect(page.getByTestId('chat-past-item')).toHaveCount(2);
  await page.getByTestId('chat-back').click();
  await expect(page.getByTestId('chat-start')).toBeVisible();
});

test('they are read beside an open chat, of which nothing is missed', async ({ page, context, server, site, wire }) => {
  await hideable(context);
  await page.addInitScript(() => {
    class Notice {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      onclick = () => {};
      constructor() {
        Object.assign(window, { click: () => this.onclick() });
      }
      close() {}
    }
    Object.assign(window, { Notification: Notice });
  });
  const agent = await wire.agent('agent1');
  const visitor = await known(page, server, site, agent, ['my parcel is late']);
  const earlier = page.getByTestId('chat-earlier-open');
  const back = page.getByTestId('chat-back');
  const past = page.getByTestId('chat-past-item');

  const chatId = await begin(page, agent);
  await visitor.say('is it in stock?');
  await page.getByTestId('chat-notify').click();
  await earlier.click();
  await expect(past).toHaveCount(1);
  await past.click();
  await expect(page.getByRole('region', { name: 'Earlier conversations' })).toContainText('I see: my parcel is late');
  await agent.request('messages:new', { chatId, message: 'two are left' });
  await expect(back).toHaveText(/1 new/);
  const announced = page.locator('#chat-announced');
  await expect(announced).toContainText('Agent 1: two are left');
  await expect(announced, 'where screen readers hear it').toBeVisible();
  expect(
    agent.pushes.filter(({ event }) => event === 'messages:read'),
    'nobody has seen it',
  ).toEqual([]);
  await back.click();
  await back.click();
  await visitor.sees('two are left');
  await agent.next('messages:read');
  await expect(page.getByTestId('chat-input')).toBeFocused();

  // A notification leads to the message.
  await earlier.click();
  await expect(back).not.toHaveText(/new/);
  await hide(page, true);
  await agent.request('messages:new', { chatId, message: 'one is left' });
  await page.waitForFunction(() => 'click' in window);
  await hide(page, false);
  await page.evaluate(() => (window as any).click());
  await visitor.sees('one is left');
});

test('they are read after a chat, which does not end the session of the site', async ({ page, server, site, wire }, info) => {
  const agent = await wire.agent('agent1');
  const visitor = await known(page, server, site, agent, ['my parcel is late']);
  const back = page.getByTestId('chat-back');
  const past = page.getByTestId('chat-past-item');
  const sheet = sheetOf(page);

  let chatId = await begin(page, agent);
  await page.getByTestId('chat-earlier-open').click();
  await agent.request('messages:new', { chatId, message: 'one is left' });
  await expect(back).toHaveText(/1 new/);
  await sheet.see('news of the chat');
  await agent.request('chats:close', { chatId });
  await expect(visitor.state).toHaveText('This chat has ended');
  await visitor.sees('one is left');
  await expect(page.getByTestId('chat-ticket')).toHaveText(/ticket/);
  await sheet.see('ended');
  await sheet.keep(info, 'earlier-beside');
  await page.getByTestId('chat-earlier').click();
  await past.click();
  await back.click();
  await back.click();
  await expect(page.getByTestId('chat-again')).toBeFocused();

  // The session is the site's: it is the same user who begins another chat, and the one before is an earlier one.
  await page.getByTestId('chat-again').click();
  await page.getByTestId('chat-earlier').click();
  await expect(past).toHaveCount(2);
  await back.click();
  chatId = await begin(page, agent);
  expect(await page.evaluate(() => ICF.Connection.me()!.externalId)).toBe('customer-7');
  await agent.request('messages:new', { chatId, message: 'hello again' });
  await visitor.sees('hello again');
});

test('who reads them is asked whether they are still there', async ({ page, server, site, wire }) => {
  await known(page, server, site, await wire.agent('agent1'), ['my parcel is late']);
  await rest(server.url, '', 'PUT', '/settings', { chats: { expireAfter: 8, expiryAlert: 6 } }, true);
  await page.getByTestId('chat-start').click();
  await page.getByTestId('chat-earlier-open').click();
  await expect(page.getByTestId('chat-past-item')).toBeVisible();
  await page.getByTestId('chat-here').click();
  await expect(page.getByTestId('chat-log')).toContainText('I am still here.');
});
