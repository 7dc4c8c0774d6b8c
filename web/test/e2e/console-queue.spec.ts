// Chats of others in the console: those that wait, and for a supervisor all that are under way.
import { rest, restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

test('chats that wait are listed live, and one is taken by hand', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  await agent.list('waiting');
  await expect(agent.page.getByText('Nobody is waiting.')).toBeVisible();
  const ada = await restVisitor(server.url, { name: 'Ada' }, { room: '1', lang: 'de' });
  const grace = await restVisitor(server.url, { name: 'Grace' }, { room: '2' });
  await expect(agent.waiting).toHaveCount(2);
  await expect(agent.page.getByRole('tab', { name: 'Waiting' })).toContainText('2');
  const row = agent.waiting.filter({ hasText: 'Ada' });
  for (const text of ['Room 1', 'de', /Waiting \d+ s/]) await expect(row).toContainText(text);
  await ada.say('anybody there?');
  await row.getByRole('button', { name: 'Take: Ada' }).click();
  await agent.sees('anybody there?');
  await expect(agent.page.locator(`[data-input="${ada.chatId}"]`)).toBeFocused();
  await agent.say('I am');
  await agent.list('waiting');
  await expect(agent.waiting).toHaveCount(1);
  await grace.close();
  await expect(agent.waiting).toHaveCount(0);
});

test('the place in the queue is shown', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  await agent.page.getByTestId('duty-toggle').click();
  await expect(agent.page.getByTestId('duty-state')).toHaveText('Not available');
  await rest(server.url, '', 'PUT', '/settings', { queue: { active: true } }, true);
  await agent.list('waiting');
  for (const name of ['First', 'Second']) {
    const visitor = await restVisitor(server.url, { name });
    await visitor.search();
    await expect(agent.waiting.filter({ hasText: name })).toBeVisible();
  }
  await expect(agent.waiting.filter({ hasText: 'First' }).getByLabel('Position 1')).toBeVisible();
  await expect(agent.waiting.filter({ hasText: 'Second' }).getByLabel('Position 2')).toBeVisible();
});

test('a supervisor reads along unseen, steps in, and closes', async ({ people, server, wire }) => {
  const colleague = await wire.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await colleague.request('chats:join', { chatId: visitor.chatId });
  await visitor.say('I want to speak to your manager');

  const lead = await people.agent('lead');
  await lead.list('active');
  const row = lead.page.getByTestId('active-chat').filter({ hasText: 'Ada' });
  await expect(row).toContainText(/With Agent 1 · /);
  await row.getByTestId('listed-watch').click();
  await lead.sees('speak to your manager');
  await expect(lead.pane().getByTestId('watching')).toContainText('You are watching');
  await expect(lead.pane().getByTestId('chat-input')).toHaveCount(0);
  await expect(lead.pane().getByTestId('chat-transfer')).toHaveCount(0);
  await lead.page.getByTestId('details-toggle').click();
  await expect(lead.page.getByTestId('details')).toContainText('WatchingLead');
  await colleague.request('messages:new', { chatId: visitor.chatId, message: 'one moment' });
  await lead.sees('one moment');
  const { chat } = await visitor.ask('GET', `/chats/${visitor.chatId}`);
  expect(chat.watchers).toEqual([]);

  await lead.pane().getByTestId('watch-intervene').click();
  await lead.say('I am the manager');
  await colleague.next('chats:intervene');
  await lead.close();
  await expect(lead.pane()).toContainText('You closed the chat.');
});

test('watching ends without a trace, and a chat is taken over from the list', async ({ people, server, wire }) => {
  const colleague = await wire.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await colleague.request('chats:join', { chatId: visitor.chatId });
  const lead = await people.agent('lead');
  await lead.list('active');
  const row = lead.page.getByTestId('active-chat').filter({ hasText: 'Ada' });
  await row.getByTestId('listed-watch').click();
  await lead.page.getByTestId('watch-stop').click();
  await expect(lead.page.getByTestId('chat-pane')).toHaveCount(0);
  await expect(lead.chats).toHaveCount(0);
  await lead.list('active');
  await row.getByTestId('listed-intervene').click();
  await lead.say('I take it from here');
  await colleague.next('chats:intervene');
});

test('who is no supervisor sees no chats of others', async ({ people }) => {
  const agent = await people.agent('agent1');
  await expect(agent.page.getByRole('tab')).toHaveText(['Chats', 'Waiting', 'Closed']);
});

test('a waiting chat that a colleague has by now is not taken: they are named, and are joined only on purpose', async ({
  people,
  server,
  wire,
}) => {
  const agent = await people.agent('agent1');
  const colleague = await wire.agent('agent2');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await agent.list('waiting');
  await expect(agent.waiting).toHaveCount(1);
  // The list is as old as the network is slow.
  await agent.page.route('**/v1/chats?*', () => {});
  await colleague.request('chats:join', { chatId: visitor.chatId, take: true });
  await agent.waiting.getByTestId('listed-take').click();
  await expect(agent.page.getByRole('alert').filter({ hasText: 'Agent 2 has the chat already' })).toBeVisible();
  await expect(agent.waiting).toHaveCount(0);
  await expect(agent.page.getByTestId('chat-pane')).toHaveCount(0);
  const { chat } = await visitor.ask('GET', `/chats/${visitor.chatId}`);
  expect(chat.users).toHaveLength(2);

  await agent.page.getByTestId('listed-assist').click();
  await agent.say('I can help too');
  await colleague.next('messages:new');
});

test('a supervisor joins the agent of a chat on purpose, and the button says whom', async ({ people, server, wire }) => {
  const colleague = await wire.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await colleague.request('chats:join', { chatId: visitor.chatId, take: true });
  const lead = await people.agent('lead');
  await lead.list('active');
  await lead.page.getByRole('button', { name: 'Join Agent 1: Ada' }).click();
  await lead.say('the two of us will help you');
  await colleague.request('messages:new', { chatId: visitor.chatId, message: 'yes' });
  await lead.sees('yes');
});

test('a supervisor sees that the agent of a chat is not available', async ({ people, server, wire }) => {
  const colleague = await wire.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await colleague.request('chats:join', { chatId: visitor.chatId, take: true });
  await colleague.close(true);
  const lead = await people.agent('lead');
  await lead.list('active');
  await expect(async () => {
    await lead.list('active'); // reads the list again
    await expect(lead.page.getByTestId('active-chat')).toContainText('With Agent 1 (not available)', { timeout: 500 });
  }).toPass();
  await expect(lead.page.getByRole('button', { name: 'Join Agent 1: Ada' })).toBeVisible();
});
