// What a visitor sees of an agent who loses the connection, or logs out.
import { rest } from './support/chats.ts';
import { expect, loginAgent, test } from './support/fixtures.ts';

test('an agent who is lost is away at first, then somebody else is found', async ({ people, server }) => {
  await rest(server.url, '', 'PUT', '/settings', { chats: { agentGrace: 6 } }, true);
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  const colleague = await people.agent('agent2');
  await agent.page.close();
  await expect(visitor.state).toHaveText('Agent 1 is away for a moment');
  await expect(visitor.log).toContainText('Agent 1 lost the connection. We are looking for somebody else.');
  await expect(visitor.state).toHaveText('Waiting for an agent…');
  await expect(visitor.page.getByTestId('chat-search')).toBeHidden();
  await colleague.accept();
  await expect(visitor.state).toHaveText('You are talking to Agent 2');
});

test('a page that is loaded while the agent is away says so, until they are back', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  await agent.page.goto('about:blank');
  await expect(visitor.state).toHaveText('Agent 1 is away for a moment');
  // Until the server invites them no longer, it still answers with them.
  await expect(async () => {
    await visitor.page.reload();
    await expect(visitor.state).toHaveText('Agent 1 is away for a moment', { timeout: 1_500 });
  }).toPass();
  await agent.visit();
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  await expect(visitor.log).not.toContainText('lost the connection');
});

test('an agent who is back in time is no longer away', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  await agent.page.goto('about:blank');
  await expect(visitor.state).toHaveText('Agent 1 is away for a moment');
  await agent.visit();
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  await expect(visitor.log).not.toContainText('lost the connection');
});

test('an agent who logs out hands the chat on, and the visitor waits in line again', async ({ people, server, wire }) => {
  await rest(server.url, '', 'PUT', '/settings', { queue: { active: true } }, true);
  const { token } = await loginAgent(server.url, 'agent1');
  const agent = await wire(token);
  await agent.request('agents:available', { available: true });
  const visitor = await people.visitor();
  await visitor.start('Ada');
  const { data } = await agent.next('invitations:new');
  await agent.request('invitations:accept', { chatId: data.chatId });
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  await rest(server.url, token, 'POST', '/agents/logout');
  await expect(visitor.log).toContainText('Agent 1 has signed off. We are looking for somebody else.');
  await expect(visitor.state).toHaveText(/You are next in line/);
});

test('messages of an agent who has left keep their name after a reload', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await agent.say('Good morning.');
  await visitor.sees('Good morning.');
  const colleague = await people.agent('agent2');
  await agent.transfer('Agent 2');
  await colleague.accept();
  await expect(visitor.state).toHaveText('You are talking to Agent 2');
  await visitor.page.reload();
  await expect(visitor.message('Good morning.')).toContainText('Agent 1');
  await colleague.sees('Good morning.');
  await colleague.page.reload();
  await expect(colleague.pane().getByTestId('chat-message').filter({ hasText: 'Good morning.' })).toContainText('Agent 1');
});
