// Opening hours: outside of them the window says when it opens, and what a visitor writes is a chat that waits for an agent.
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { usable } from './support/usable.ts';

const days = ['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa'];

test('outside of the hours the window says when it opens, and a message waits for an agent', async ({
  page,
  server,
  site,
  people,
  guard,
}) => {
  const tomorrow = new Date(Date.now() + 86_400_000);
  const hours = `${days[tomorrow.getUTCDay()]} 09:00-17:00`;
  const element = `<parley-chat app-id="demo" room="1" lang="en" hours="${hours}"></parley-chat>`;
  await page.goto(site.page(`${server.url}/sdk/1/parley-chat.js`, { before: element }));
  const visitor = new Visitor(page);
  await page.getByTestId('chat-open').click();
  const time = await page.evaluate(
    (day) => {
      const opens = new Date(`${day}T09:00:00Z`);
      return new Intl.DateTimeFormat(navigator.language, { weekday: 'long', hour: 'numeric', minute: '2-digit' }).format(opens);
    },
    tomorrow.toISOString().slice(0, 10),
  );
  await expect(page.getByTestId('chat-closed')).toHaveText(
    `Our agents are back at this time: ${time}. Write to us all the same, and we answer then.`,
  );
  await usable(page);
  await page.getByTestId('chat-start').click();
  await expect(visitor.state).toHaveText(`Closed until ${time}`);
  await expect(page.locator('.notice')).toHaveText([/Write to us all the same/]);
  await visitor.say('Is the pot still there?');
  const agent = await people.agent('agent1');
  await agent.list('waiting');
  await expect(agent.waiting).toHaveCount(1);

  // The page's hours may change, and may be wrong.
  await page.locator('parley-chat').evaluate((chat: any) => void (chat.hours = 'Mo-Su 00:00-24:00'));
  await expect(page.getByTestId('chat-closed')).toHaveCount(0);
  guard.allow(/hours: "whenever" must be days and times/);
  await page.locator('parley-chat').evaluate((chat: any) => void (chat.hours = 'whenever'));
  await visitor.say('the chat goes on');
});

test('on a holiday of the app the window says when it opens after it', async ({ page, server, site }) => {
  const dates = [0, 1, 2, 3, 4, 5, 6].map((more) => new Date(Date.now() + more * 86_400_000).toISOString().slice(0, 10));
  const holidays = dates.map((date) => ({ date }));
  await rest(server.url, '', 'PUT', '/settings', { window: { hours: 'Mo-Su 09:00-17:00', holidays } }, true);
  await page.goto(site.page(`${server.url}/sdk/1/parley-chat.js`, { before: '<parley-chat app-id="demo" lang="en"></parley-chat>' }));
  await page.getByTestId('chat-open').click();
  const opens = new Intl.DateTimeFormat('en', { month: 'long', day: 'numeric', timeZone: 'UTC' }).format(
    Date.parse(dates[6]!) + 86_400_000,
  );
  await expect(page.getByTestId('chat-closed')).toContainText(`${opens} at `);
  // The page's own hours go before all of it.
  await page.locator('parley-chat').evaluate((chat: any) => void (chat.hours = 'Mo-Su 00:00-24:00'));
  await expect(page.getByTestId('chat-closed')).toHaveCount(0);
});
