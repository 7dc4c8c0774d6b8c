// What agents see of a chat's life: a visitor whose connection is lost, a chat in which nobody writes.
import { rest, restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

test('a visitor who is away is marked until they are back', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  const page = await wire(visitor.token);
  await page.request('chats:assign', { chatId: visitor.chatId });
  await agent.accept();
  const away = agent.pane().getByTestId('visitor-away');
  await expect(away).toBeEmpty();
  await page.close(true);
  await expect(away).toContainText('offline');
  const back = await wire(visitor.token);
  await expect(away).toBeEmpty();
  await back.request('messages:new', { chatId: visitor.chatId, message: 'a tunnel' });
  await agent.sees('a tunnel');
});

test('a chat that nobody writes in is announced to end, and ends', async ({ people, server }) => {
  await rest(server.url, '', 'PUT', '/settings', { chats: { expireAfter: 6, expiryAlert: 4 } }, true);
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await expect(agent.pane()).toContainText('The chat closes in');
  await expect(agent.pane()).toContainText('The chat was closed by the system.');
  await expect(agent.pane().getByTestId('chat-input')).toBeDisabled();
});
