// One agent at two consoles: the second window shows what the first has, and the other way round.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import type { Agent } from './support/pages.ts';

/** The entry of a chat in the list. */
const entry = (agent: Agent, chatId: string) => agent.page.locator(`[data-testid="chat-list-item"][data-chat="${chatId}"]`);

/** Wide enough for the list and one chat. */
const narrow = { viewport: { width: 800, height: 700 } };

test('a chat accepted in one window is in the other, with its messages, unread count and title', async ({ people, server }) => {
  const first = await people.agent('agent1');
  const second = await people.agent('agent1', narrow);
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await first.accept();
  await expect(entry(second, visitor.chatId)).toContainText('Ada');
  await expect(second.page.getByTestId('chat-pane'), 'it takes no screen that the agent works on').toHaveCount(0);
  await first.say('How can I help?');
  await expect(entry(second, visitor.chatId)).toContainText('You: How can I help?');

  const other = await restVisitor(server.url, { name: 'Grace' });
  await other.search();
  await second.accept('Grace');
  await expect(entry(first, other.chatId)).toContainText('Grace');
  await second.say('Good day', second.pane('Grace'));
  await first.sees('Good day', first.pane('Grace'));
});

test('an invitation answered in one window goes from the other without a word', async ({ people, server }) => {
  const first = await people.agent('agent1');
  const second = await people.agent('agent1');
  for (const answer of ['accept', 'reject'] as const) {
    const visitor = await restVisitor(server.url, { name: answer });
    await visitor.search();
    await expect(second.invitations).toContainText(answer);
    await first[answer]();
    if (answer === 'accept') await expect(entry(second, visitor.chatId)).toBeVisible();
    await expect(second.invitations).toHaveCount(0);
    await expect(second.page.locator('.invitations')).toBeHidden();
  }
});

test('a message read in one window is read in the other', async ({ people, server }) => {
  const first = await people.agent('agent1', narrow);
  const second = await people.agent('agent1', narrow);
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  const other = await restVisitor(server.url, { name: 'Grace' });
  for (const one of [visitor, other]) {
    await one.search();
    await first.accept();
    await expect(entry(second, one.chatId)).toBeVisible();
  }
  await expect(first.pane()).toContainText('Grace');
  await visitor.say('are you there?');
  for (const agent of [first, second]) {
    await expect(entry(agent, visitor.chatId).getByLabel('1 unread')).toBeVisible();
    await expect(agent.page).toHaveTitle('(1) Parley console');
  }
  await entry(first, visitor.chatId).click();
  await first.sees('are you there?');
  await expect(second.page).toHaveTitle('Parley console');
  await expect(entry(second, visitor.chatId).locator('.badge')).toHaveCount(0);
});

test('what is taken, transferred or closed in one window is so in the other', async ({ people, server }) => {
  const first = await people.agent('agent1');
  const second = await people.agent('agent1');
  const colleague = await people.agent('agent2');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await first.list('waiting');
  await first.waiting.getByTestId('listed-take').click();
  await expect(entry(second, visitor.chatId)).toBeVisible();

  await first.page.getByTestId('chat-transfer').click();
  await first.page.getByTestId('transfer-search').fill('Agent 2');
  await first.page.getByTestId('transfer-target').filter({ hasText: 'Agent 2' }).getByRole('radio').check();
  await first.page.getByTestId('transfer-confirm').click();
  await colleague.accept('Ada');
  await colleague.say('Agent 2 speaking');
  await expect(second.pane()).toContainText('Agent 2 took over.');
  await expect(second.pane()).toContainText('The chat was transferred to Agent 2.');
  await expect(second.pane().getByTestId('chat-input')).toBeDisabled();

  const other = await restVisitor(server.url, { name: 'Grace' });
  await first.list('waiting');
  await first.waiting.filter({ hasText: 'Grace' }).getByTestId('listed-take').click();
  await expect(entry(second, other.chatId)).toBeVisible();
  await first.close(first.pane('Grace'));
  await expect(second.pane('Grace')).toContainText('You closed the chat.');
});

test('a chat that a supervisor watches or takes over is in their other window', async ({ people, server, wire }) => {
  const colleague = await wire.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await colleague.request('invitations:accept', { chatId: visitor.chatId });
  const first = await people.agent('lead');
  const second = await people.agent('lead');
  await first.list('active');
  await first.page.getByTestId('listed-watch').click();
  await expect(second.pane().getByTestId('watching')).toBeVisible();
  await first.page.getByTestId('watch-stop').click();
  await expect(entry(second, visitor.chatId)).toHaveCount(0);
  await first.list('active');
  await first.page.getByTestId('listed-intervene').click();
  await expect(second.pane().getByTestId('chat-input')).toBeEnabled();
  await second.say('I am the manager');
  await first.sees('I am the manager');
});
