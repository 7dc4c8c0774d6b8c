// What people type is text, to the last character; addresses in it are links; what a program sends as HTML is shown as such.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

const typed = [
  'Write to Anna Ops <anna@example.test> today',
  'x<y and y>z',
  'Set <your name> in the form',
  'See <https://example.test/x>',
  'use &lt; for less, <b>not bold</b>',
  '  indented\n\tand tabbed  ',
];

test('no character of what an agent types is lost, in the log, in previews and in the closed chat', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  const input = agent.pane().getByTestId('chat-input');
  const bubbles = () => agent.page.locator('.bubble').evaluateAll((all) => all.map(({ textContent }) => textContent));
  for (const text of typed) {
    await input.fill(text);
    await input.press('Enter');
  }
  await expect.poll(bubbles).toEqual(typed);
  await expect(agent.pane().locator('[data-status="sent"], [data-status="read"]')).toHaveCount(typed.length);
  const { chat } = await visitor.ask('GET', `/chats/${visitor.chatId}`);
  expect(chat.history.map(({ message }: any) => message)).toEqual(typed);
  await input.fill('<last>');
  await input.press('Enter');
  await expect(agent.chats.locator('.chat-item-last')).toHaveText('You: <last>');
  await agent.page.reload();
  await expect.poll(bubbles).toEqual([...typed, '<last>']);
  await agent.close();
  await agent.list('closed');
  await agent.page.getByTestId('closed-chat').first().click();
  await expect.poll(bubbles).toEqual([...typed, '<last>']);
});

test('web and mail addresses are links that tell the other side nothing', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await visitor.say('I read (https://example.test/a_(b)?x=1), and wrote to help@example.test.');
  await visitor.say('javascript:alert(1) data:text/html,x www.example');
  await agent.sees('I read');
  const links = agent.pane().locator('.bubble a');
  await expect(links).toHaveText(['https://example.test/a_(b)?x=1', 'help@example.test']);
  await expect(links.first()).toHaveAttribute('href', 'https://example.test/a_(b)?x=1');
  await expect(links.last()).toHaveAttribute('href', 'mailto:help@example.test');
  for (const link of await links.all()) {
    await expect(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
    await expect(link).toHaveAttribute('target', '_blank');
  }
  await expect(agent.chats.locator('.chat-item-last')).toContainText('javascript:alert(1)');
});

test('a program’s HTML is shown as such, without what could run, and read as text in previews', async ({ people, server, wire, guard }) => {
  guard.allow(/inline event handler violates/); // the browser's word that our policy kept it from running
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await expect(agent.pane()).toBeVisible();
  const bot = await wire.agent('agent2');
  await bot.request('chats:join', { chatId: visitor.chatId, assist: true });
  const html = `<b>Bold</b> &lt;3 <anna@example.test><br><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  await bot.request('messages:new', { chatId: visitor.chatId, message: html, format: 'html' });
  const bubble = agent.message('Bold').locator('.bubble');
  await expect(bubble.locator('b')).toHaveText('Bold');
  await expect(bubble).toContainText('<3 <anna@example.test>');
  await expect(bubble.locator('script, [onerror]')).toHaveCount(0);
  await expect(agent.chats.locator('.chat-item-last')).toContainText('Bold <3 <anna@example.test>');
  await bot.request('messages:new', { chatId: visitor.chatId, message: '<b>typed</b>' });
  await expect(agent.message('<b>typed</b>')).toBeVisible();
  expect(await agent.page.title()).toContain('Parley console');
});

test('blanks send nothing, and what cannot be sent comes back to the input with the reason', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  const input = agent.pane().getByTestId('chat-input');
  const problem = agent.pane().getByTestId('chat-problem');
  for (const blank of [' \n\t ', '\u200b\u2800\u00a0']) {
    await input.fill(blank);
    await input.press('Enter');
    await expect(problem).toHaveCount(0);
    await expect(input).toHaveValue(blank);
  }
  const long = 'x'.repeat(10_001);
  await input.fill(long);
  await input.press('Enter');
  await expect(problem).toContainText(/10,?000/);
  await expect(input).toHaveValue(long);
  await input.evaluate((field: HTMLTextAreaElement) => {
    field.form!.requestSubmit();
    field.value = 'typed meanwhile';
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  });
  await expect(input, 'neither is lost').toHaveValue(`${long}\ntyped meanwhile`);
  await input.fill('now it is fine');
  await input.press('Enter');
  await agent.sees('now it is fine');
  await expect(problem).toHaveCount(0);
  await expect(agent.pane().getByTestId('chat-message')).toHaveCount(1);
});
