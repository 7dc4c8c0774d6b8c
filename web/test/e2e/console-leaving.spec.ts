// An agent who goes: a log-out asks what becomes of the open chats, and a console that was away for too long says so.
import { rest, restVisitor } from './support/chats.ts';
import { connectionErrors, endedEarly, expect, test } from './support/fixtures.ts';
import { Agent } from './support/pages.ts';

const loggedOut = (agent: Agent) => expect(agent.page.getByTestId('login-submit')).toBeVisible();

test('a log-out without open chats asks nothing', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await agent.close();
  await expect(agent.pane()).toContainText('You closed the chat.');
  await agent.page.getByTestId('logout').click();
  await loggedOut(agent);
  expect(await agent.page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(visitor.chatId);
});

test('a log-out with open chats asks, with keys alone, and hands them to a colleague', async ({ people, server, wire, guard }) => {
  guard.allow(endedEarly);
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada <b>' });
  const page = await wire(visitor.token);
  await visitor.search();
  await agent.accept();
  await agent.say('one moment');
  await agent.pane().getByTestId('chat-input').fill('not sent');
  const { keyboard } = agent.page;
  const dialog = agent.page.getByTestId('logout-dialog');
  await agent.page.getByTestId('logout').focus();
  await keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  await expect(dialog).toHaveAccessibleName('Log out with an open chat?');
  await expect(dialog).toHaveAccessibleDescription(/Ada <b>/);
  await expect(agent.page.getByTestId('logout-transfer')).toBeFocused();
  await keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(agent.page.getByTestId('logout')).toBeFocused();
  await agent.say('still here');

  const colleague = await wire.agent('agent2');
  await agent.page.getByTestId('logout').focus();
  await keyboard.press('Enter');
  await keyboard.press('Enter');
  await loggedOut(agent);
  await colleague.next('invitations:new', ({ chatId }) => chatId === visitor.chatId);
  await page.next('chats:leave', ({ reason }) => reason === 'logout');
  expect(await agent.page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('not sent');
});

test('a log-out that closes the chats ends them for their visitors', async ({ people, server, wire, guard }) => {
  guard.allow(endedEarly);
  const agent = await people.agent('agent1');
  const pages = [];
  for (const name of ['Ada', 'Grace']) {
    const visitor = await restVisitor(server.url, { name });
    pages.push(await wire(visitor.token));
    await visitor.search();
    await agent.accept(name);
    await expect(agent.pane(name)).toBeVisible();
  }
  await agent.page.getByTestId('logout').click();
  await expect(agent.page.getByTestId('logout-dialog')).toContainText('Log out with 2 open chats?');
  await agent.page.getByTestId('logout-close').click();
  await loggedOut(agent);
  for (const page of pages) await page.next('chats:close');
});

test('an agent who stays logged in at another window keeps the chats there', async ({ people, server }) => {
  const first = await people.agent('agent1');
  const second = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await first.accept();
  await expect(first.pane()).toBeVisible();
  await first.page.getByTestId('logout').click();
  await first.page.getByTestId('logout-transfer').click();
  await loggedOut(first);
  await expect(second.pane().getByTestId('chat-input')).toBeEnabled();
  await second.say('still with you');
  await visitor.say('good');
  await second.sees('good');
  const other = await restVisitor(server.url, { name: 'Grace' });
  await other.search();
  await second.accept('Grace'); // they are still available
});

test('a console whose connection was lost for too long says so, and the chat is over there', async ({
  newContext,
  server,
  link,
  wire,
  guard,
}) => {
  guard.allow(connectionErrors);
  await rest(server.url, '', 'PUT', '/settings', { chats: { agentGrace: 1 } }, true);
  const context = await newContext({ baseURL: link.url });
  const agent = await new Agent(await context.newPage()).begin('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  const page = await wire(visitor.token);
  await page.request('chats:assign', { chatId: visitor.chatId });
  await agent.accept();
  await agent.say('one moment');
  const colleague = await wire.agent('agent2');
  await link.refuse(true);
  link.cut();
  await page.next('chats:leave', ({ reason }) => reason === 'lost');
  await colleague.next('invitations:new', ({ chatId }) => chatId === visitor.chatId);
  await colleague.request('invitations:accept', { chatId: visitor.chatId });
  await link.refuse(false);
  await expect(agent.pane()).toContainText('Your connection was lost for too long. The chat was handed on.');
  await expect(agent.pane().getByTestId('chat-input')).toBeDisabled();
});

test('a console that is opened again after its chats were handed on says so, once', async ({ people, server, wire }) => {
  await rest(server.url, '', 'PUT', '/settings', { chats: { agentGrace: 1 } }, true);
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  const page = await wire(visitor.token);
  await page.request('chats:assign', { chatId: visitor.chatId });
  await agent.accept();
  await agent.say('one moment');
  await expect(agent.message('one moment')).toHaveAttribute('data-status', 'sent');
  await agent.page.goto('about:blank');
  await page.next('chats:leave', ({ reason }) => reason === 'lost');
  await page.request('chats:close', { chatId: visitor.chatId });
  const word = agent.page.getByRole('alert').filter({ hasText: 'While you were away, this chat was handed on or closed: Ada.' });
  await agent.visit();
  await expect(word).toBeVisible();
  await word.getByRole('button', { name: 'Dismiss' }).click();
  await expect(word).toHaveCount(0);
  await agent.page.reload();
  await expect(agent.page.getByTestId('duty-state')).toHaveText('Available');
  await expect(word).toHaveCount(0);
});
