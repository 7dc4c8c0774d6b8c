// The visitor sees what has become of a message: waiting, refused, tried again, deleted.
import type { Page } from '@playwright/test';
import { fakeIn } from './support/fake.ts';
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';

/** A hand on the page's socket: what it does with the messages that go out. */
async function hand(page: Page): Promise<{ act: 'pass' | 'hold'; cut(): Promise<void> }> {
  let last: { close(): Promise<void> } | undefined;
  const hand = { act: 'pass' as 'pass' | 'hold', cut: async () => last?.close() };
  await page.routeWebSocket(/\/v1\/socket/, (socket) => {
    last = socket;
    const server = socket.connectToServer();
    socket.onMessage((frames) => {
      const passed = String(frames)
        .split('\n')
        .filter((frame) => hand.act === 'pass' || JSON.parse(frame).event !== 'messages:new');
      if (passed.length > 0) server.send(passed.join('\n'));
    });
  });
  return hand;
}

test('a refused message: tried again it arrives once, deleted it is gone', async ({ page }) => {
  await fakeIn(page, { agents: ['Grace'] });
  const visitor = await new Visitor(page).visit();
  await visitor.start('Ada');
  await visitor.say('good day');
  await page.evaluate(() => window.fake.expectMessage('good day'));

  const refuse = () =>
    page.evaluate(() => void window.fake.faults.refuse(409, { of: 'messages:new', message: 'The shop is counting its stock.', times: 1 }));
  await refuse();
  await visitor.say('one more thing');
  const line = visitor.message('one more thing');
  await expect(line).toHaveAttribute('data-status', 'failed');
  await expect(line.getByRole('alert')).toContainText('The shop is counting its stock.');
  await line.getByRole('button', { name: 'Try again' }).click();
  await expect(line).toHaveAttribute('data-status', /sent|read/);
  await expect(line).toHaveCount(1);

  await refuse();
  await visitor.say('never mind');
  await visitor.message('never mind').getByRole('button', { name: 'Delete' }).click();
  await expect(visitor.message('never mind')).toHaveCount(0);
  await expect.poll(() => page.evaluate(() => ICF.Parley.pending())).toEqual([]);
  const said = await page.evaluate(() => window.fake.said({ from: 'visitor' }).map(({ text }) => text));
  expect(said).toEqual(['good day', 'one more thing']);
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
