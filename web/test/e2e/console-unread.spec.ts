// Read means seen: the window is visible and the message is in view. What is unread stays so over a reload.
import { type RestVisitor, restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import type { Agent } from './support/pages.ts';
import type { Wire } from './support/wire.ts';

/** Wide enough for the list and one chat, and low enough that the messages must be scrolled. */
const small = { viewport: { width: 800, height: 500 } };

const badge = (agent: Agent, { chatId }: RestVisitor) => agent.page.locator(`[data-testid="chat-list-item"][data-chat="${chatId}"] .badge`);

/** What the visitor has been told to be read, without the messages of a long chat. */
const readTexts = (page: Wire) =>
  page.pushes
    .filter(({ event }) => event === 'messages:read')
    .map(({ data }) => data.message.message)
    .filter((text) => !/ \d+\nsecond line$/.test(text));

async function scrollUp(agent: Agent): Promise<void> {
  await agent.message('Ada 0').scrollIntoViewIfNeeded();
  await expect(agent.message('Ada 0')).toBeInViewport();
}

/** A chat that the agent has open, with more messages than fit. */
async function longChat(agent: Agent, url: string, name: string): Promise<RestVisitor> {
  const visitor = await restVisitor(url, { name });
  await visitor.search();
  await agent.accept();
  for (let i = 0; i < 12; i++) await visitor.say(`${name} ${i}\nsecond line`);
  await agent.sees(`${name} 11`);
  return visitor;
}

test('who has scrolled up is not moved, sees that something new came, and reads it when they are there', async ({
  people,
  server,
  wire,
}) => {
  const agent = await people.agent('agent1', small);
  const visitor = await longChat(agent, server.url, 'Ada');
  const page = await wire(visitor.token);
  const log = agent.pane().getByTestId('chat-log');
  const below = agent.pane().getByTestId('chat-below');
  await expect(below).toHaveCount(0);
  await scrollUp(agent);
  await visitor.say('something new');
  await expect(below).toHaveText('1 new message');
  await visitor.say('and more');
  await expect(below).toHaveText('2 new messages');
  await expect(agent.message('Ada 0')).toBeInViewport();
  await expect(badge(agent, visitor)).toHaveText('2');
  expect(readTexts(page)).toEqual([]);

  await below.focus();
  await agent.page.keyboard.press('Enter');
  await expect(agent.message('and more')).toBeInViewport();
  await expect(below).toHaveCount(0);
  await expect(log).toBeFocused();
  await expect(badge(agent, visitor)).toHaveCount(0);
  await expect.poll(() => readTexts(page)).toEqual(['something new', 'and more']);

  await scrollUp(agent);
  await visitor.say('a third');
  await expect(below).toHaveText('1 new message');
  await agent.say('an answer leads down too');
  await expect(below).toHaveCount(0);
  await expect.poll(() => readTexts(page)).toContain('a third');
});

test('a message is not read while the window is hidden, or the details stand over the chat', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1', small);
  const visitor = await longChat(agent, server.url, 'Ada');
  const page = await wire(visitor.token);
  const hide = (hidden: boolean) =>
    agent.page.evaluate((hidden) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await hide(true);
  await visitor.say('unseen');
  await expect(agent.page).toHaveTitle('(1) Parley console');
  expect(readTexts(page)).toEqual([]);
  await hide(false);
  await expect.poll(() => readTexts(page)).toEqual(['unseen']);

  await agent.page.getByTestId('details-toggle').click();
  await expect(agent.pane().getByTestId('chat-log')).toBeHidden();
  await visitor.say('behind the details');
  await expect(agent.page).toHaveTitle('(1) Parley console');
  expect(readTexts(page)).toEqual(['unseen']);
  await agent.page.getByTestId('details-close').click();
  await expect.poll(() => readTexts(page)).toEqual(['unseen', 'behind the details']);
});

test('nor while the browser has not told yet that the details cover it', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1', small);
  await agent.page.addInitScript(() => {
    const { IntersectionObserver } = window;
    const late: (() => void)[] = [];
    let waits = false;
    Object.assign(window, {
      keepBack: (keep: boolean) => {
        waits = keep;
        if (!keep) for (const one of late.splice(0)) one();
      },
      IntersectionObserver: class extends IntersectionObserver {
        constructor(told: IntersectionObserverCallback, options?: IntersectionObserverInit) {
          super((entries, me) => (waits ? late.push(() => told(entries, me)) : told(entries, me)), options);
        }
      },
    });
  });
  await agent.page.reload();
  const keepBack = (keep: boolean) => agent.page.evaluate((keep) => (window as any).keepBack(keep), keep);
  const visitor = await longChat(agent, server.url, 'Ada');
  const page = await wire(visitor.token);
  await keepBack(true);
  await agent.page.getByTestId('details-toggle').click();
  await expect(agent.pane().getByTestId('chat-log')).toBeHidden();
  await visitor.say('behind the details');
  await expect(agent.page).toHaveTitle('(1) Parley console');
  await agent.page.getByTestId('details-close').click();
  await keepBack(false);
  await expect.poll(() => readTexts(page)).toEqual(['behind the details']);
});

test('unread messages survive a reload, read ones do not come back', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1', small);
  const ada = await longChat(agent, server.url, 'Ada');
  await agent.say('I have seen all of this');
  const grace = await longChat(agent, server.url, 'Grace');
  const page = await wire(ada.token);
  await ada.say('one');
  await ada.say('two');
  await expect(badge(agent, ada)).toHaveText('2');
  await agent.page.reload();
  await expect(badge(agent, ada)).toHaveText('2');
  await expect(badge(agent, grace)).toHaveCount(0);
  expect(readTexts(page)).toEqual([]);
  await agent.page.locator(`[data-testid="chat-list-item"][data-chat="${ada.chatId}"]`).click();
  await expect.poll(() => readTexts(page)).toEqual(['one', 'two']);
  await expect(agent.page).toHaveTitle('Parley console');
});

test('own messages that the visitor has read keep their mark over a reload', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await agent.say('first');
  await agent.say('second');
  await expect(agent.message('second')).toHaveAttribute('data-status', 'sent');
  const page = await wire(visitor.token);
  const { chat } = await visitor.ask('GET', `/chats/${visitor.chatId}`);
  await page.request('messages:read', { chatId: visitor.chatId, messageId: chat.history.at(-1).id, upTo: true });
  for (const text of ['first', 'second']) await expect(agent.message(text)).toHaveAttribute('data-status', 'read');
  await agent.page.reload();
  for (const text of ['first', 'second']) await expect(agent.message(text)).toHaveAttribute('data-status', 'read');
});
