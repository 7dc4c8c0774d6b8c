// Waiting in the demo's chat window: the place in the queue, and a chat that is about to end for silence.
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

test('a visitor sees the place in the queue and the wait in words, live', async ({ people, server }) => {
  await rest(server.url, '', 'PUT', '/settings', { queue: { active: true } }, true);
  const [first, second] = [await people.visitor(), await people.visitor()];
  await first.start('First');
  await expect(first.state).toHaveText('You are next in line, about 1 minute');
  await second.start('Second');
  await expect(second.state).toHaveText('You are number 2 in line, about 2 minutes');
  await expect(second.page.getByTestId('chat-search')).toBeHidden();

  await first.close();
  await expect(second.state).toHaveText('You are next in line, about 1 minute');
  await second.page.reload();
  await expect(second.state).toHaveText('You are next in line, about 1 minute');

  const agent = await people.agent('agent1');
  await agent.accept();
  await expect(second.state).toHaveText(/You are talking to/);
  await agent.close();
  await expect(second.state).toHaveText('This chat has ended');
});

test('a chat that is about to end for silence goes on when the visitor says so, and ends when not', async ({ people, server }) => {
  await rest(server.url, '', 'PUT', '/settings', { chats: { expireAfter: 8, expiryAlert: 6 } }, true);
  const visitor = await people.visitor();
  await visitor.start('Ada');
  const alert = visitor.page.getByTestId('chat-expiring');
  await expect(alert).toHaveText(/Are you still here\?.*the chat ends in 10 seconds/);
  await visitor.page.getByTestId('chat-here').click();
  await visitor.sees('I am still here.');
  await expect(alert).toBeHidden();
  await expect(visitor.page.getByTestId('chat-input')).toBeFocused();

  await expect(alert).toBeVisible();
  await expect(visitor.state).toHaveText('This chat has ended', { timeout: 20_000 });
  await expect(alert).toBeHidden();
  await expect(visitor.log).toContainText('The chat was closed.');
});
