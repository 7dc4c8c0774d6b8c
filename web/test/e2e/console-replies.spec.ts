// Canned replies in the console: found by typing, filled in for the chat, sent as any text.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

test('a reply is found behind a slash, filled in, and can be changed before it goes', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  const { keyboard } = agent.page;
  const input = agent.pane().getByTestId('chat-input');
  const replies = agent.page.getByTestId('reply');
  await expect(input).toBeFocused();
  await keyboard.type('/');
  await expect(replies).toHaveCount(4);
  await expect(replies.first()).toHaveAttribute('aria-selected', 'true');
  await keyboard.type('greet');
  await expect(replies).toHaveCount(1);
  await expect(input).toHaveAttribute('aria-activedescendant', (await replies.first().getAttribute('id'))!);
  await keyboard.press('Enter');
  await expect(replies).toHaveCount(0);
  await expect(input).toHaveValue('Hello Ada, you are talking to Agent 1. How can I help?');
  await keyboard.type(' (really)');
  await keyboard.press('Enter');
  await agent.sees('How can I help? (really)');
});

test('arrows choose, Escape leaves what was typed, the button works within a text', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: '{agent} <b>Eve</b>' });
  await visitor.search();
  await agent.accept();
  const { keyboard } = agent.page;
  const input = agent.pane().getByTestId('chat-input');
  const replies = agent.page.getByTestId('reply');
  await expect(input).toBeFocused();
  await keyboard.type('/');
  await keyboard.press('ArrowUp');
  await expect(replies.last()).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await expect(replies.nth(1)).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('Escape');
  await expect(replies).toHaveCount(0);
  await expect(input).toHaveValue('/');
  await keyboard.type('path/to/it');
  await expect(replies).toHaveCount(0);

  await input.fill('First: ');
  await agent.page.getByTestId('chat-replies').click();
  await expect(input).toBeFocused();
  await replies.filter({ hasText: 'Goodbye' }).click();
  await expect(input).toHaveValue('First: Thank you for the chat, {agent} <b>Eve</b>. Have a nice day!');
});
