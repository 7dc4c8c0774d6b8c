// Handing a chat over in the console: whom to choose, what is seen while it is waited for, and how it ends.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import type { Agent } from './support/pages.ts';

const targets = (agent: Agent, text: string) => agent.page.getByTestId('transfer-target').filter({ hasText: text });

test('an agent hands a chat over to another, who accepts', async ({ people, server }) => {
  const from = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await from.accept();
  await from.say('I will ask a colleague');
  const to = await people.agent('agent2');
  await from.transfer('Agent 2');
  await expect(from.pane().getByTestId('handing-over')).toHaveText(/Asking Agent 2/);
  await from.say('she will be here in a moment');
  await to.accept('Ada');
  await to.sees('I will ask a colleague');
  await to.sees('she will be here in a moment');
  await expect(from.pane()).toContainText('You transferred the chat to Agent 2.');
  await expect(from.pane().getByTestId('handing-over')).toHaveCount(0);
  await expect(from.pane().getByTestId('chat-input')).toBeDisabled();
  await from.pane().getByTestId('chat-dismiss').click();
  await expect(from.chats).toHaveCount(0);
  await visitor.say('hello colleague');
  await to.sees('hello colleague');
  // And back: the same chat comes to life again on the desk that it left.
  await to.transfer('Agent 1');
  await from.accept('Ada');
  await from.sees('hello colleague');
  await from.say('here again');
});

test('an agent who declines is told, and the chat stays', async ({ people, server }) => {
  const from = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await from.accept();
  await expect(from.pane()).toBeVisible();
  const to = await people.agent('agent2');
  await from.transfer('Agent 2');
  await to.reject('Ada');
  await expect(from.pane().getByTestId('chat-problem')).toContainText('Agent 2 declined the chat. It stays with you.');
  await from.say('still here');
});

test('a chat given to a room is offered there, and is gone from here', async ({ people, server, wire }) => {
  const from = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await from.accept();
  await expect(from.pane()).toBeVisible();
  const colleague = await wire.agent('agent2', ['2']);
  await from.transfer('Room 2');
  await expect(from.pane()).toContainText('You transferred the chat to Room 2.');
  await colleague.next('invitations:new', ({ chatId }) => chatId === visitor.chatId);
  await colleague.request('invitations:accept', { chatId: visitor.chatId });
});

test('the dialog tells who is available and how busy, is found by typing, and gives the focus back', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  const lead = await wire.agent('lead');
  const other = await restVisitor(server.url, { name: 'Grace' });
  await lead.request('chats:join', { chatId: other.chatId });

  const { keyboard } = agent.page;
  const button = agent.page.getByTestId('chat-transfer');
  await button.focus();
  await keyboard.press('Enter');
  await expect(agent.page.getByTestId('transfer-search')).toBeFocused();
  await expect(targets(agent, 'Lead')).toContainText('Available · 1 open chat');
  await expect(targets(agent, 'Agent 2')).toContainText('Not available · 0 open chats');
  await expect(targets(agent, 'Agent 2').getByRole('radio')).toBeDisabled();
  await expect(targets(agent, 'Agent 1'), 'oneself is no target').toHaveCount(0);
  await expect(agent.page.getByTestId('transfer-confirm')).toBeDisabled();
  await keyboard.type('nobody of that name');
  await expect(agent.page.getByTestId('transfer-target')).toHaveCount(0);
  await agent.page.getByTestId('transfer-search').fill('lea');
  await expect(targets(agent, 'Lead').getByRole('radio')).toBeChecked();
  await keyboard.press('Escape');
  if (await agent.page.getByTestId('transfer-dialog').count()) await keyboard.press('Escape'); // a search field is emptied first
  await expect(agent.page.getByTestId('transfer-dialog')).toHaveCount(0);
  await expect(button).toBeFocused();

  // An agent who went off duty while the dialog was open.
  await keyboard.press('Enter');
  await targets(agent, 'Lead').getByRole('radio').check();
  await lead.request('agents:available', { available: false });
  await agent.page.getByTestId('transfer-confirm').click();
  await expect(agent.page.getByTestId('transfer-dialog').getByRole('alert')).toContainText('not on duty');
});
