// Where own messages stand, and the time they carry: those of the server's log, whatever the network and the agent's clock do.
import { restVisitor } from './support/chats.ts';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { Agent } from './support/pages.ts';

test('own messages stand where the log has them', async ({ newContext, server, link, guard }) => {
  guard.allow(connectionErrors);
  const context = await newContext({ baseURL: link.url });
  const agent = await new Agent(await context.newPage()).begin('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await agent.say('Shall I cancel it?');
  link.hold(true);
  await agent.say('no');
  await visitor.say('Do you want me to confirm?');
  link.hold(false);
  const texts = () => agent.pane().locator('.bubble').allInnerTexts();
  await expect(agent.message('no')).toHaveAttribute('data-status', 'sent');
  const log = async () => (await visitor.ask('GET', `/chats/${visitor.chatId}`)).chat.history.map(({ message }: any) => message);
  await expect.poll(async () => (await texts()).length).toBe(3);
  expect(await texts()).toEqual(await log());
  await agent.page.reload();
  await expect.poll(async () => (await texts()).length).toBe(3);
  expect(await texts()).toEqual(await log());
});

for (const [name, hours] of [
  ['ahead', 75],
  ['behind', -75],
] as const)
  test(`an agent whose clock is three days ${name} sees the server's times, and the order of the log`, async ({ newContext, server }) => {
    const context = await newContext();
    await context.addInitScript((ms) => {
      const now = Date.now;
      Date.now = () => now() + ms;
    }, hours * 3_600_000);
    const agent = await new Agent(await context.newPage()).begin('agent1');
    const visitor = await restVisitor(server.url, { name: 'Ada' });
    await visitor.search();
    await agent.accept();
    await visitor.say('first');
    await agent.sees('first');
    await agent.say('second');
    await expect(agent.message('second')).toHaveAttribute('data-status', 'sent');
    await visitor.say('third');
    await agent.sees('third');
    const times = await agent
      .pane()
      .getByTestId('chat-message')
      .locator('time')
      .evaluateAll((all) => all.map((one) => (one as HTMLTimeElement).dateTime));
    expect(times).toEqual([...times].sort());
    for (const time of times) expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(600_000);
    expect(await agent.pane().locator('.bubble').allInnerTexts()).toEqual(['first', 'second', 'third']);
  });
