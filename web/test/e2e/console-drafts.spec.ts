// What an agent has typed and not sent: it survives a reload, goes when it is sent, and Enter of an input method sends nothing.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Agent } from './support/pages.ts';

const input = (agent: Agent, chatId: string) => agent.page.locator(`[data-input="${chatId}"]`);
/** All that the console keeps in the browser. */
const stored = (agent: Agent) => agent.page.evaluate(() => JSON.stringify({ ...localStorage }));

test('drafts survive a reload, each with its chat, and go when they are sent', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const ada = await restVisitor(server.url, { name: 'Ada' });
  const grace = await restVisitor(server.url, { name: 'Grace' });
  for (const one of [ada, grace]) {
    await one.search();
    await agent.accept();
    await expect(input(agent, one.chatId)).toBeFocused();
    await agent.page.keyboard.type(`for ${one.id}: <b>line`);
    await agent.page.keyboard.press('Shift+Enter');
    await agent.page.keyboard.type('two');
  }
  await agent.page.reload();
  for (const one of [ada, grace]) await expect(input(agent, one.chatId)).toHaveValue(`for ${one.id}: <b>line\ntwo`);
  await input(agent, ada.chatId).press('Enter');
  await agent.sees(`for ${ada.id}: <b>line`, agent.page.locator(`[data-testid="chat-pane"][data-chat="${ada.chatId}"]`));
  await agent.page.reload();
  await expect(input(agent, grace.chatId)).toHaveValue(/two/);
  await expect(input(agent, ada.chatId)).toHaveValue('');
  await input(agent, grace.chatId).fill('');
  await agent.page.reload();
  await expect(input(agent, grace.chatId)).toHaveValue('');
  expect(await stored(agent)).not.toContain('line');
});

test('a draft goes with its chat, also one that ended while the console was closed', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const ada = await restVisitor(server.url, { name: 'Ada' });
  const grace = await restVisitor(server.url, { name: 'Grace' });
  for (const one of [ada, grace]) {
    await one.search();
    await agent.accept();
    await input(agent, one.chatId).fill(`secret of ${one.id}`);
  }
  await ada.close();
  await expect(agent.pane('The chat was closed').or(agent.pane('Ada closed the chat.'))).toBeVisible();
  await expect.poll(() => stored(agent)).not.toContain(ada.id);
  expect(await stored(agent)).toContain(grace.id);
  await agent.page.goto('about:blank');
  await grace.close();
  await agent.visit();
  await expect(agent.page.getByTestId('duty-state')).toHaveText('Available');
  await expect.poll(() => stored(agent)).not.toContain(grace.id);
});

test('another agent in the same browser sees no drafts, and a log-out leaves none', async ({ newContext, server }) => {
  const context = await newContext();
  const agent = await new Agent(await context.newPage()).begin('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await input(agent, visitor.chatId).fill('mine alone');
  const colleague = await new Agent(await context.newPage()).begin('agent2');
  await colleague.list('waiting');
  expect(await stored(colleague)).toContain('mine alone');
  await agent.close();
  await expect(agent.pane()).toContainText('You closed the chat.');
  expect(await stored(agent)).not.toContain('mine alone');
});

test('where the browser refuses storage the console works, and keeps nothing', async ({ newContext, server }) => {
  const context = await newContext();
  await context.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
  });
  const agent = await new Agent(await context.newPage()).begin('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await input(agent, visitor.chatId).fill('typed');
  await expect(input(agent, visitor.chatId)).toHaveValue('typed');
  await agent.say('said');
});

test('Enter that ends the input of an input method sends nothing', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  const field = input(agent, visitor.chatId);
  await field.fill('こんに');
  for (const init of [
    { isComposing: true, keyCode: 13 },
    { isComposing: false, keyCode: 229 }, // Safari, after compositionend
  ]) {
    const prevented = await field.evaluate((element, init) => {
      const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init });
      return !element.dispatchEvent(event);
    }, init);
    expect(prevented).toBe(false);
  }
  await expect(field).toHaveValue('こんに');
  await expect(agent.pane().getByTestId('chat-message')).toHaveCount(0);
  await field.press('Enter');
  await agent.sees('こんに');
});
