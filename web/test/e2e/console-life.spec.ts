// What agents see of a chat's life: a visitor whose connection is lost, a chat in which nobody writes.
import { rest, restVisitor } from './support/chats.ts';
import { expect, loginAgent, test } from './support/fixtures.ts';

test('a visitor who is away is marked until they are back', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  const page = await wire(visitor.token);
  await page.request('chats:assign', { chatId: visitor.chatId });
  await agent.accept();
  const away = agent.pane().getByTestId('who-is-away');
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

test('who watches a chat sees that its agent is away, is back, or is lost to it', async ({ people, server, wire }) => {
  await rest(server.url, '', 'PUT', '/settings', { chats: { agentGrace: 6 } }, true);
  const { token } = await loginAgent(server.url, 'agent1');
  const colleague = await wire(token);
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await wire(visitor.token);
  await colleague.request('chats:join', { chatId: visitor.chatId, take: true });
  const lead = await people.agent('lead');
  await lead.list('active');
  await lead.page.getByTestId('listed-watch').click();
  const away = lead.pane().getByTestId('who-is-away');
  await expect(away).toBeEmpty();
  await colleague.close(true);
  await expect(away).toHaveText('· Agent 1 offline');
  const back = await wire(token);
  await expect(away).toBeEmpty();
  await back.close(true);
  await expect(lead.pane().locator('.notice').last()).toHaveText('Agent 1 lost the connection and is no longer in the chat.');
  await expect(away).toBeEmpty();
  await expect(lead.invitations).toContainText('Ada');
});
