// The visitor sees what has become of a message: waiting, refused, tried again, deleted.
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';

/** A hand on the page's socket: what it does with the messages that go out. */
async function hand(page: Page): Promise<{ act: 'pass' | 'hold' | 'refuse'; cut(): Promise<void> }> {
  let last: { close(): Promise<void> } | undefined;
  const hand = { act: 'pass' as 'pass' | 'hold' | 'refuse', cut: async () => last?.close() };
  await page.routeWebSocket(/\/v1\/socket/, (socket) => {
    last = socket;
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const { id, event } = JSON.parse(text.toString());
      if (event !== 'messages:new' || hand.act === 'pass') server.send(text);
      else if (hand.act === 'refuse') socket.send(JSON.stringify({ id, error: { code: 409, message: 'The shop is counting its stock.' } }));
    });
  });
  return hand;
}

test('a refused message: tried again it arrives once, deleted it is gone', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const socket = await hand(visitor.page);
  await visitor.visit();
  await visitor.start('Ada');
  await agent.accept();
  await visitor.say('good day');
  await agent.sees('good day');

  socket.act = 'refuse';
  await visitor.say('one more thing');
  const line = visitor.message('one more thing');
  await expect(line).toHaveAttribute('data-status', 'failed');
  await expect(line.getByRole('alert')).toContainText('The shop is counting its stock.');
  socket.act = 'pass';
  await line.getByRole('button', { name: 'Try again' }).click();
  await expect(line).toHaveAttribute('data-status', /sent|read/);
  await expect(line).toHaveCount(1);
  await expect(agent.message('one more thing')).toHaveCount(1);

  socket.act = 'refuse';
  await visitor.say('never mind');
  await visitor.message('never mind').getByRole('button', { name: 'Delete' }).click();
  await expect(visitor.message('never mind')).toHaveCount(0);
  await expect.poll(() => visitor.page.evaluate(() => ICF.Parley.pending())).toEqual([]);
});

test('a message that waits is shown as waiting, after a reload too, and once when it has arrived', async ({ people, guard }) => {
  guard.allow(/WebSocket/);
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const socket = await hand(visitor.page);
  await visitor.visit();
  await visitor.start('Ada');
  await agent.accept();
  socket.act = 'hold';
  await visitor.say('are you there?');
  await expect(visitor.message('are you there?')).toHaveAttribute('data-status', 'pending');
  await visitor.page.reload();
  await expect(visitor.message('are you there?')).toHaveAttribute('data-status', 'pending');
  await visitor.say('I wait');
  socket.act = 'pass';
  await socket.cut();
  await agent.sees('I wait');
  for (const text of ['are you there?', 'I wait']) {
    await expect(visitor.message(text)).toHaveAttribute('data-status', /sent|read/);
    await expect(visitor.message(text)).toHaveCount(1);
    await expect(agent.message(text)).toHaveCount(1);
  }
});
