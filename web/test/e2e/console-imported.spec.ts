// What a page brings in from an earlier conversation, as the agent sees it.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

test("imported messages are marked, never the agent's own, and before all that was said", async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await visitor.say('I want my money back');
  await agent.say('I cannot promise that');
  await agent.sees('I want my money back');
  await expect(agent.message('I cannot promise that')).toHaveAttribute('data-status', 'sent');
  const { chat } = await visitor.ask('GET', `/chats/${visitor.chatId}`);
  const [me] = chat.users.filter(({ providerId }: any) => providerId);
  await visitor.ask('POST', `/chats/${visitor.chatId}/history`, {
    history: [
      { sender: me.id, message: 'I confirm: we refund you', created: chat.history[1].created - 0.001 },
      { sender: 'system', message: 'The identity was checked' },
      { sender: visitor.id, message: 'I asked the bot', created: 1_700_000_000 },
    ],
  });
  const marked = agent.pane().locator('[data-imported]');
  const live = agent.pane().locator('[data-testid="chat-message"]:not([data-imported])');
  await agent.page.reload();
  await expect(marked).toHaveCount(3);
  for (const line of await marked.all()) {
    await expect(line).toContainText('from an earlier conversation');
    await expect(line).toHaveAttribute('data-own', 'false');
  }
  await expect(agent.message('I confirm: we refund you')).toContainText('Somebody from an earlier conversation');
  await expect(agent.message('I confirm: we refund you')).not.toContainText('You');
  await expect(live).toHaveCount(2);
  const texts = await agent.pane().locator('.bubble').allInnerTexts();
  expect(texts.slice(-2)).toEqual(['I want my money back', 'I cannot promise that']);
});
