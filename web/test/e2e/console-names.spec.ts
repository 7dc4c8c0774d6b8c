// Whatever name a visitor chooses, the agent sees who is the visitor and who is an agent.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

test('the role stands beside the name, and tells a visitor from an agent of the same name', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Agent 1' });
  await visitor.say('I confirm: we refund you');
  await visitor.search();
  await agent.accept();
  await agent.say('we do not refund');
  await agent.sees('we do not refund');
  const who = (text: string) => agent.message(text).locator('.who');
  await expect(who('I confirm: we refund you')).toHaveText('Agent 1 · visitor');

  const lead = await people.agent('lead');
  await lead.list('active');
  await lead.page.getByTestId('listed-watch').click();
  const seen = (text: string) => lead.message(text).locator('.who');
  await expect(seen('I confirm: we refund you')).toHaveText('Agent 1 · visitor');
  await expect(seen('we do not refund')).toHaveText('Agent 1 · agent');
  await visitor.ask('DELETE', `/chats/${visitor.chatId}`);
  await expect(lead.pane().locator('.notice').last()).toHaveText('Visitor Agent 1 closed the chat.');
});

test('all that a visitor says of themselves without a proof is marked in the details', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, {
    name: 'Vera',
    nickname: 'V',
    contact: 'vera@example.com',
    extraInfo: { plan: 'gold', status: 'verified' },
  });
  await visitor.search();
  await agent.accept();
  await agent.page.getByTestId('details-toggle').click();
  const said = agent.page.getByTestId('details').locator('dl').first().locator('dt');
  await expect(said).toHaveText(['Name', 'Nickname', 'Contact', 'plan', 'status'].map((name) => `${name} (not verified)`));
});
