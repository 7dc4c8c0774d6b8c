// What a visitor has typed in the demo's chat window and not sent.
import { expect, test } from './support/fixtures.ts';

test('a draft survives a reload and the way to another page of the shop, until it is sent', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  const input = page.getByTestId('chat-input');
  await visitor.start('Ada');
  await agent.accept();
  const draft = 'Is the  pot frost-proof?\nAnd the saucer?';
  await input.fill(draft);
  await page.reload();
  await expect(input).toHaveValue(draft);
  await page.goto('about:blank');
  await page.goto('/demo/?page=garden');
  await expect(input).toHaveValue(draft);
  await page.getByTestId('chat-send').click();
  await agent.sees('And the saucer?');
  await page.reload();
  await visitor.sees('And the saucer?');
  await expect(input).toHaveValue('');
});

test('a draft ends with its chat', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  const input = page.getByTestId('chat-input');
  const stored = () => page.evaluate(() => sessionStorage.getItem('parley.draft'));
  await visitor.start('Ada');
  await agent.accept();
  await visitor.type('one more th');
  await expect.poll(stored).toContain('one more th');
  await visitor.close();
  await expect(visitor.state).toHaveText('This chat has ended');
  expect(await stored()).toBeNull();

  await page.reload();
  await visitor.start('Ada');
  await expect(input).toHaveValue('');
  await visitor.type('and another th');
  await page.goto('about:blank');
  await agent.accept();
  await agent.close(agent.pane('Ada').last());
  await visitor.visit();
  await expect(visitor.state).toHaveText('The chat was closed.');
  await page.getByTestId('chat-start').click();
  await expect(input).toBeVisible();
  await expect(input, 'of a chat that was closed while the page was away').toHaveValue('');
});
