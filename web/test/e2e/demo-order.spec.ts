// Own messages in the demo's chat window: where the log has them, with the server's time.
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { png } from './support/png.ts';

/** The page's socket, on which what goes up to the server or down from it can be kept back. */
async function way(page: Page): Promise<{ hold(direction: 'up' | 'down'): void; release(): void }> {
  const kept: (() => void)[] = [];
  let held: 'up' | 'down' | undefined;
  const pass = (direction: 'up' | 'down', send: () => void) => {
    if (direction === held) kept.push(send);
    else send();
  };
  await page.routeWebSocket(/\/v1\/socket/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => pass('up', () => server.send(frame)));
    server.onMessage((frame) => pass('down', () => socket.send(frame)));
  });
  return {
    hold: (direction) => {
      held = direction;
    },
    release: () => {
      expect(kept, 'what was kept back').not.toEqual([]);
      held = undefined;
      for (const send of kept.splice(0)) send();
    },
  };
}

/** The visitor sees these messages last, in this order. */
const seesLast = (visitor: Visitor, texts: string[]) =>
  expect.poll(async () => (await visitor.messages.locator('.bubble').allInnerTexts()).slice(-texts.length)).toEqual(texts);

test('an own message that was on its way for long stands below what came first, as after a reload', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const socket = await way(visitor.page);
  await visitor.visit();
  await visitor.start('Ada');
  await agent.accept();
  await agent.say('Shall I send it?');
  await visitor.sees('Shall I send it?');

  socket.hold('up');
  await visitor.say('no');
  await visitor.say('not yet');
  await agent.say('Do you want to cancel it?');
  await visitor.sees('Do you want to cancel it?');
  await expect(visitor.message('not yet')).toHaveAttribute('data-status', 'pending');
  socket.release();
  await expect(visitor.message('not yet')).toHaveAttribute('data-status', /sent|read/);
  const shown = ['Shall I send it?', 'Do you want to cancel it?', 'no', 'not yet'];
  await seesLast(visitor, shown);

  await visitor.page.reload();
  await seesLast(visitor, shown);
});

test('a file whose upload ends before what came first has arrived is shown once, below that', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const socket = await way(visitor.page);
  await visitor.visit();
  await visitor.start('Ada');
  await agent.accept();
  await agent.say('Have you got a picture?');
  await visitor.sees('Have you got a picture?');

  socket.hold('down');
  await agent.say('From the side?');
  const uploaded = visitor.page.waitForResponse(/\/v1\/media$/);
  await visitor.attach({ name: 'pot.png', mimeType: 'image/png', buffer: png() });
  await uploaded;
  await agent.sees('pot.png');
  await expect(visitor.message('pot.png')).toHaveAttribute('data-status', 'pending');
  socket.release();
  await expect(visitor.message('pot.png')).toHaveAttribute('data-status', /sent|read/);
  await expect(visitor.message('pot.png')).toHaveCount(1);
  await expect(visitor.messages.last()).toContainText('pot.png');
  await expect(visitor.messages.nth(-2)).toContainText('From the side?');
});

test("an own message has the server's time, whatever the page's clock says", async ({ people, newContext }) => {
  const agent = await people.agent('agent1');
  const context = await newContext();
  await context.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() - 3 * 3_600_000;
  });
  const visitor = new Visitor(await context.newPage());
  await visitor.visit();
  await visitor.start('Ada');
  await agent.accept();
  await agent.say('When did you order?');
  await visitor.sees('When did you order?');
  await visitor.say('last week');
  await expect(visitor.message('last week')).toHaveAttribute('data-status', /sent|read/);

  const time = (text: string) => visitor.message(text).locator('time').getAttribute('datetime');
  const logged = await visitor.page.evaluate(() => {
    const [chat] = Object.values(ICF.Lobby.getUserChats());
    return new Date(chat!.history.at(-1)!.created * 1000).toISOString();
  });
  expect(await time('last week')).toBe(logged);
  expect(Date.parse((await time('last week'))!)).toBeGreaterThanOrEqual(Date.parse((await time('When did you order?'))!));
});
