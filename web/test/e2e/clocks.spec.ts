// A page whose clock is wrong, and one whose clock is set in the middle of a chat: nothing is refused, and every time is the server's.
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { enter, restore, said } from './support/sdk.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Makes the clock of a page's documents wrong by so many milliseconds, as it is to stay after a reload too. */
async function wrongBy(page: Page, ms: number): Promise<void> {
  await page.addInitScript((ms) => {
    const Right = Date;
    const holder = window as unknown as { clockAhead: number };
    holder.clockAhead = ms;
    const now = () => Right.now() + holder.clockAhead;
    window.Date = new Proxy(Right, {
      construct: (right, given) => (given.length > 0 ? Reflect.construct(right, given) : new right(now())),
      get: (right, name) => (name === 'now' ? now : Reflect.get(right, name)),
    });
  }, ms);
}

/** Sets the clock of the present document. */
const setClock = (page: Page, ms: number) => page.evaluate((ms) => void Object.assign(window, { clockAhead: ms }), ms);

const times = (page: Page) => page.evaluate(() => window.chat.history.map(({ created }) => created));
const seconds = () => Date.now() / 1000;

for (const [clock, ms] of [
  ['10 years behind', -10 * year],
  ['3 hours behind', -3 * hour],
  ['an hour behind, as when summer time begins unnoticed', -hour],
  ['7 minutes behind', -7 * minute],
  ['7 minutes ahead', 7 * minute],
  ['an hour ahead, as when summer time ends unnoticed', hour],
  ['3 hours ahead', 3 * hour],
  ['2 days ahead', 2 * day],
  ['10 years ahead', 10 * year],
] as const) {
  test(`start, import, send, receive, reload, type, read, upload, search, save, close: with a clock ${clock}`, async ({
    sdk,
    context,
    wire,
  }) => {
    const began = seconds();
    const page = await context.newPage();
    await wrongBy(page, ms);
    await sdk({ page });
    const { token } = await enter(page);
    const chatId = await page.evaluate(async () => {
      const now = Date.now() / 1000;
      window.chat = await ICF.Chat.init({
        room: '1',
        history: [
          { sender: 'assistant', message: 'a minute ago', created: now - 60 },
          { sender: 'assistant', message: 'undated, before half a minute ago' },
          { sender: 'assistant', message: 'half a minute ago', created: now - 30 },
          { sender: 'assistant', message: 'undated' },
        ],
      });
      return window.chat.id;
    });
    await page.evaluate(async () => {
      await window.chat.sendMessage('hello');
      const atOnce = window.chat.importHistory([
        { sender: 'assistant', message: 'one', created: Date.now() / 1000 + 10 },
        { sender: 'assistant', message: 'two', created: Date.now() / 1000 + 86_400 },
        { sender: 'assistant', message: 'three' },
      ]);
      const order = (list: { message: unknown }[]) => list.map(({ message }) => message).join();
      const before = order([...atOnce]);
      if (order(await atOnce) !== before) throw new Error(`the order changed from ${before} to ${order(window.chat.history)}`);
    });
    const other = await wire(token);
    await other.request('messages:new', { chatId, message: 'from another tab' });
    await page.waitForFunction(() => window.chat.history.at(-1)!.message === 'from another tab');
    const texts = ['a minute ago', 'undated, before half a minute ago', 'half a minute ago', 'undated'];
    texts.push('one', 'two', 'three', 'hello', 'from another tab');
    expect(await said(page)).toEqual(texts);

    const here = await times(page);
    const { chat } = await other.request('chats:get', { chatId, fields: 'history' });
    expect(here, 'the server and the page agree').toEqual(
      chat.history.map(({ created }: any) => created).sort((a: number, b: number) => a - b),
    );
    const [first, second, third, ...later] = here;
    expect(first).toBeGreaterThan(began - 70);
    expect(second).toBe(third);
    expect(third! - first!).toBeCloseTo(30, 2);
    for (const time of later) expect(time).toBeGreaterThan(began - 1);
    for (const time of here) expect(time).toBeLessThan(seconds() + 1);
    const serverTime = await page.evaluate(() => ICF.Parley.now() / 1000);
    expect(Math.abs(serverTime - seconds())).toBeLessThan(5);

    await page.reload();
    await page.waitForFunction(() => 'ICF' in window);
    await restore(page);
    expect(await said(page)).toEqual(texts);
    expect(await times(page)).toEqual(here);

    const read = other.next('messages:read');
    const typing = other.next('users:activity');
    await page.evaluate(async () => {
      await window.chat.sendUserActivity('writing');
      await window.chat.readMessage(window.chat.history[0]!.id);
      await window.chat.sendMedia(new File(['a note'], 'note.txt', { type: 'text/plain' }));
      await window.chat.searchAgent();
    });
    expect((await typing).data).toMatchObject({ chatId, type: 'writing' });
    expect((await read).data).toMatchObject({ chatId, message: { id: chat.history[0].id } });
    const sent = (await times(page)).at(-1);
    expect(sent).toBeGreaterThan(began - 1);
    expect(sent).toBeLessThan(seconds() + 1);
    const saved = await page.evaluate(() => ICF.Helper.downloadConversation(window.chat.id, { download: false }));
    expect(saved).toContain('note.txt');
    const closed = other.next('chats:close');
    await page.evaluate(() => window.chat.close());
    expect((await closed).data).toMatchObject({ chatId });
    expect(await page.evaluate(() => window.chat.status)).toBe('closed');
  });
}

test('a clock that is set in the middle of a chat changes nothing, in either direction', async ({ sdk, context, wire }) => {
  const page = await context.newPage();
  await wrongBy(page, 0);
  await sdk({ page });
  const began = seconds();
  const { token } = await enter(page);
  await page.evaluate(async () => void (window.chat = await ICF.Chat.init({ room: '1' })));
  const other = await wire(token);
  const chatId = await page.evaluate(() => window.chat.id);
  const texts: string[] = [];
  for (const [i, ms] of [10 * year, -10 * year, 3 * hour, -7 * minute, 0].entries()) {
    await setClock(page, ms);
    await page.evaluate(async (i) => {
      await window.chat.sendMessage(`sent ${i}`);
      const created = Date.now() / 1000;
      await window.chat.importHistory([
        { sender: 'assistant', message: `undated ${i}` },
        { sender: 'assistant', message: `dated ${i}`, created },
      ]);
    }, i);
    await other.request('messages:new', { chatId, message: `other ${i}` });
    texts.push(`sent ${i}`, `undated ${i}`, `dated ${i}`, `other ${i}`);
    await expect.poll(async () => (await said(page)).length).toBe(texts.length);
  }
  const shown = await said(page);
  expect(shown.filter((text) => !String(text).includes('dated'))).toEqual(texts.filter((text) => !text.includes('dated')));
  expect([...shown].sort()).toEqual([...texts].sort());
  for (const time of await times(page)) {
    expect(time).toBeGreaterThan(began - 6);
    expect(time).toBeLessThan(seconds() + 1);
  }
});

for (const [clock, ms] of [
  ['3 hours behind', -3 * hour],
  ['2 days ahead', 2 * day],
] as const) {
  test(`demo and console show the server's time, with clocks ${clock}`, async ({ people, newContext }) => {
    const agent = await people.agent('agent1');
    await wrongBy(agent.page, ms);
    await agent.page.reload();
    const visitor = new Visitor(await (await newContext()).newPage());
    await wrongBy(visitor.page, ms);
    await (await visitor.visit()).start('Vera');
    const left = Number.parseInt(await agent.page.getByRole('timer').innerText(), 10);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60);
    await agent.page.getByTestId('invitation-accept').click();
    await visitor.say('good evening');
    await expect(agent.message('good evening')).toBeVisible();
    for (const page of [visitor.page, agent.page]) {
      const shown = await page.locator('time[datetime]').evaluateAll((list) => list.map((one) => (one as HTMLTimeElement).dateTime));
      expect(shown.length).toBeGreaterThan(0);
      for (const time of shown) expect(Math.abs(Date.parse(time) - Date.now()), time).toBeLessThan(2 * minute);
    }
  });
}
