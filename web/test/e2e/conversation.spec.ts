// The whole path, as two people walk it: the demo page's script tag, the agent
// console, and everything between.
import { fileURLToPath } from 'node:url';
import { expect, test } from './support/fixtures.ts';

const picture = (name: string) => fileURLToPath(new URL(`../../test-results/${name}.png`, import.meta.url));

test('a visitor and an agent talk, and both see it happen', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await visitor.say('Hello, is the blue one still there?');

  await expect(agent.invitations).toHaveCount(1);
  await agent.accept();
  await agent.sees('is the blue one still there?');
  await expect(visitor.state).toContainText(/agent/i);

  await agent.type('It is');
  await expect(visitor.typing).toBeVisible();
  await agent.say('It is, in two sizes. Which one would you like?');
  await visitor.sees('in two sizes');
  await expect(visitor.typing).toBeHidden();

  await visitor.type('The sm');
  await expect(agent.pane().getByTestId('chat-typing')).toBeVisible();
  await visitor.say('The small one, please.');
  await agent.sees('The small one, please.');

  await expect(visitor.message('The small one')).toHaveAttribute('data-status', 'read');
  await expect(agent.pane().getByTestId('chat-message').filter({ hasText: 'in two sizes' })).toHaveAttribute('data-status', 'read');

  await agent.page.setViewportSize({ width: 1100, height: 720 });
  await visitor.page.setViewportSize({ width: 1100, height: 720 });
  await agent.page.screenshot({ path: picture('console') });
  await visitor.page.screenshot({ path: picture('demo') });

  await agent.close();
  await expect(visitor.state).toContainText(/ended/i);
});

test('what people write is text, also when it looks like HTML', async ({ people, guard }) => {
  guard.allow(/inline event handler violates/); // the browser's word that our policy kept it from running
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Eve');
  const attack = `<img src=x onerror="document.title='owned'"><b>bold</b>`;
  await visitor.say(attack);
  await agent.accept();
  await agent.sees(attack);
  await agent.say(`<img src=x onerror="document.title='owned'"><b>from the agent</b>`);
  await visitor.sees('from the agent');
  for (const page of [agent.page, visitor.page]) expect(await page.title()).not.toBe('owned');
  await agent.close();
});

test('a reload in the middle brings the conversation back', { tag: '@engines' }, async ({ people }) => {
  const agent = await people.agent('agent2');
  const visitor = await people.visitor();
  await visitor.start('Grace');
  await visitor.say('before the reload');
  await agent.accept();
  await agent.say('I am here');
  await visitor.sees('I am here');

  await visitor.page.reload();
  await visitor.sees('before the reload');
  await visitor.sees('I am here');
  await visitor.say('after the reload');
  await agent.sees('after the reload');

  await agent.page.reload();
  await agent.sees('after the reload');
  await agent.say('and I am back too');
  await visitor.sees('and I am back too');
  await agent.close();
});

test('an agent holds several chats side by side', async ({ people }) => {
  const agent = await people.agent('agent1');
  const first = await people.visitor();
  const second = await people.visitor();
  await first.start('First');
  await first.say('I am the first');
  await agent.accept();
  await second.start('Second');
  await second.say('I am the second');
  await agent.accept();
  await expect(agent.chats).toHaveCount(2);
  await agent.say('hello first', agent.pane('I am the first'));
  await agent.say('hello second', agent.pane('I am the second'));
  await first.sees('hello first');
  await second.sees('hello second');
  await expect(first.message('hello second')).toHaveCount(0);
  await agent.close(agent.pane('I am the first'));
  await agent.close(agent.pane('I am the second'));
});

test('an agent who rejects is passed over, and nobody left means alone', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Alan');
  await agent.reject();
  await expect(visitor.state).toContainText(/agents are busy/);
});
