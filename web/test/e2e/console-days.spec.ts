// A line between messages of different days, and the day wherever a time stands alone.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

test('messages of earlier days stand under their day, today’s alone under none', async ({ people, server }) => {
  const agent = await people.agent('agent1', { locale: 'en-GB', timezoneId: 'UTC' });
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await visitor.say('from today');
  await agent.sees('from today');
  const days = agent.pane().getByTestId('chat-day');
  await expect(days).toHaveCount(0);

  const noon = new Date();
  noon.setUTCHours(12, 0, 0, 0);
  const daysAgo = (n: number, seconds = 0) => noon.getTime() / 1000 - n * 86_400 + seconds;
  const history = [
    { sender: 'assistant', type: 'text', message: 'from long ago', created: daysAgo(400) },
    { sender: 'assistant', type: 'text', message: 'from yesterday', created: daysAgo(1) },
    { sender: 'assistant', type: 'text', message: 'a minute later', created: daysAgo(1, 60) },
  ];
  await visitor.ask('POST', `/chats/${visitor.chatId}/history`, { history });
  await agent.page.reload();
  const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(daysAgo(400) * 1000);
  await expect(days).toHaveText([date, 'Yesterday', 'Today']);
  expect(await agent.pane().locator('.day-line, .bubble').allInnerTexts()).toEqual([
    date,
    'from long ago',
    'Yesterday',
    'from yesterday',
    'a minute later',
    'Today',
    'from today',
  ]);
  const time = agent.message('from long ago').locator('time');
  await expect(time).toHaveText('12:00');
  await expect(time).toHaveAttribute('title', new RegExp(date));
  await agent.close();
  await agent.list('closed');
  await agent.page.getByTestId('closed-chat').first().click();
  await expect(agent.page.getByTestId('chat-day')).toHaveText([date, 'Yesterday', 'Today']);
});
