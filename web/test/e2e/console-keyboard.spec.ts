// The console without a mouse: shortcuts, tabs, dialogs, and where the focus goes.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import type { Agent } from './support/pages.ts';

const input = (agent: Agent, chatId: string) => agent.page.locator(`[data-input="${chatId}"]`);

test('chats are accepted, turned to and left with keys alone', async ({ people, server }) => {
  const agent = await people.agent('agent1', { viewport: { width: 800, height: 700 } }); // one chat at a time
  const { keyboard } = agent.page;
  const first = await restVisitor(server.url, { name: 'First' });
  await first.search();
  await expect(agent.invitations).toHaveCount(1);
  await keyboard.press('Alt+a');
  await expect(input(agent, first.chatId)).toBeFocused();
  const second = await restVisitor(server.url, { name: 'Second' });
  await second.search();
  await expect(agent.invitations).toHaveCount(1);
  await keyboard.press('Alt+a');
  await expect(input(agent, second.chatId)).toBeFocused();

  await first.say('are you there?');
  await expect(agent.page).toHaveTitle('(1) Parley console');
  await keyboard.press('Alt+n');
  await expect(input(agent, first.chatId)).toBeFocused();
  await expect(agent.page).toHaveTitle('Parley console');
  await keyboard.press('Alt+2');
  await expect(input(agent, second.chatId)).toBeFocused();
  await keyboard.press('Alt+1');
  await expect(input(agent, first.chatId)).toBeFocused();
  await keyboard.type('I am');
  await keyboard.press('Enter');
  await agent.sees('I am');
});

test('help opens with ? and gives the focus back; in a message ? is a question mark', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const { keyboard } = agent.page;
  const help = agent.page.getByTestId('help-dialog');
  await agent.page.getByTestId('help').focus();
  await keyboard.press('?');
  await expect(help).toBeVisible();
  await expect(help).toContainText('next chat with unread messages');
  await keyboard.press('Escape');
  await expect(help).toHaveCount(0);
  await expect(agent.page.getByTestId('help')).toBeFocused();

  const visitor = await restVisitor(server.url);
  await visitor.search();
  await agent.accept();
  await expect(input(agent, visitor.chatId)).toBeFocused();
  await keyboard.type('which one?');
  await expect(help).toHaveCount(0);
  await expect(input(agent, visitor.chatId)).toHaveValue('which one?');
});

test('the lists are tabs: arrows turn to them, and the details close with Escape', async ({ people, server }) => {
  const agent = await people.agent('lead');
  const { keyboard } = agent.page;
  const tab = (name: string) => agent.page.getByRole('tab', { name });
  await tab('Chats').focus();
  for (const name of ['Waiting', 'All', 'Closed', 'Chats']) {
    await keyboard.press('ArrowRight');
    await expect(tab(name)).toBeFocused();
    await expect(tab(name)).toHaveAttribute('aria-selected', 'true');
  }
  await keyboard.press('End');
  await expect(tab('Closed')).toBeFocused();
  await keyboard.press('Alt+c');
  await expect(tab('Chats')).toBeFocused();

  const visitor = await restVisitor(server.url, { name: 'Ada', contact: 'ada@example.com', extraInfo: { plan: 'gold' } });
  await visitor.search();
  await agent.accept();
  const toggle = agent.page.getByTestId('details-toggle');
  await toggle.focus();
  await keyboard.press('Enter');
  const details = agent.page.getByTestId('details');
  for (const text of ['ada@example.com', 'plan', 'gold', visitor.chatId, 'Lead']) await expect(details).toContainText(text);
  await agent.page.getByTestId('details-close').focus();
  await keyboard.press('Escape');
  await expect(details).toHaveCount(0);
  await expect(toggle).toBeFocused();
});
