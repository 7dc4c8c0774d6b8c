// Unread messages in the demo's chat window. Read is what was in view, in an open window of a page in sight.
import type { BrowserContext } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { type Agent, Visitor } from './support/pages.ts';
import { hide, hideable, notes, soundCounter } from './support/sight.ts';

const shop = 'Fieldhouse: things for kitchen and garden';

/** A visitor's page whose chat the agent has accepted. */
async function talk(context: BrowserContext, agent: Agent): Promise<Visitor> {
  await hideable(context);
  const visitor = new Visitor(await context.newPage());
  await visitor.visit();
  await visitor.start('Ada');
  await agent.accept();
  await expect(visitor.state).toHaveText(/You are talking to/);
  return visitor;
}

const badge = ({ page }: Visitor) => page.locator('#chat-unread');
const line = ({ page }: Visitor) => page.getByTestId('chat-unread-line');
const hint = ({ page }: Visitor) => page.getByTestId('chat-news');
const distanceFromEnd = ({ log }: Visitor) => log.evaluate((log) => Math.round(Math.abs(log.scrollTop)));

/** The agent sees that the visitor has read these messages, or that they have not. */
async function told(agent: Agent, status: 'sent' | 'read', ...texts: string[]): Promise<void> {
  for (const text of texts) await expect(agent.message(text)).toHaveAttribute('data-status', status);
}

test('messages that nobody has looked at stay unread over a reload, and are told as read when they are seen', async ({
  people,
  newContext,
}) => {
  const agent = await people.agent('agent1');
  const visitor = await talk(await newContext(), agent);
  const { page } = visitor;
  await page.getByTestId('chat-minimise').click();
  await agent.say('which size?');
  await agent.say('and which colour?');
  await expect(badge(visitor)).toHaveText('2 new');
  await expect(page).toHaveTitle(`(2) ${shop}`);

  await page.reload();
  await expect(badge(visitor)).toHaveText('2 new');
  await told(agent, 'sent', 'which size?', 'and which colour?');
  await page.getByTestId('chat-open').click();
  await expect(line(visitor).locator('xpath=following-sibling::*[1]')).toContainText('which size?');
  await told(agent, 'read', 'which size?', 'and which colour?');
  await expect(page).toHaveTitle(shop);
  await expect(badge(visitor)).toBeHidden();

  await page.reload();
  await visitor.sees('and which colour?');
  await expect(line(visitor)).toHaveCount(0);
});

test('what is read in one tab is no longer unread in the others', async ({ people, newContext }) => {
  const agent = await people.agent('agent1');
  const context = await newContext();
  const first = await talk(context, agent);
  const second = new Visitor(await context.newPage());
  await second.visit();
  await expect(second.state).toHaveText(/You are talking to/);
  await hide(second.page, true);
  await first.page.getByTestId('chat-minimise').click();
  await agent.say('which size?');
  await expect(badge(first)).toHaveText('1 new');
  await expect(second.page).toHaveTitle(`(1) ${shop}`);

  await hide(second.page, false);
  await told(agent, 'read', 'which size?');
  await expect(badge(first)).toBeHidden();
  await expect(first.page).toHaveTitle(shop);
  await first.page.getByTestId('chat-open').click();
  await expect(line(first)).toHaveCount(0);
});

test('a page out of sight counts what comes in its title, and begins with the first when it is back', async ({ people, newContext }) => {
  const agent = await people.agent('agent1');
  const visitor = await talk(await newContext(), agent);
  const { page } = visitor;
  await hide(page, true);
  for (let i = 1; i <= 12; i++) await agent.say(`reason ${i}.`);
  await expect(page).toHaveTitle(`(12) ${shop}`);
  await told(agent, 'sent', 'reason 1.', 'reason 12.');
  await page.evaluate(() => {
    document.title = 'Clay pot';
  });
  await agent.say('reason 13.');
  await expect(page).toHaveTitle('(13) Clay pot');

  await hide(page, false);
  await expect(page).toHaveTitle('Clay pot');
  await told(agent, 'read', 'reason 1.');
  await expect(visitor.message('reason 1.')).toBeInViewport();
  await expect(visitor.message('reason 13.')).not.toBeInViewport();
  await told(agent, 'sent', 'reason 13.');
  await visitor.message('reason 13.').scrollIntoViewIfNeeded();
  await told(agent, 'read', 'reason 13.');
});

test('who has scrolled up stays there, and a hint leads to what came below', async ({ people, newContext }) => {
  const agent = await people.agent('agent1');
  const visitor = await talk(await newContext(), agent);
  for (let i = 1; i <= 12; i++) await visitor.say(`line ${i}.`);
  await expect(hint(visitor)).toBeHidden();
  await visitor.message('line 1.').scrollIntoViewIfNeeded();
  const before = await visitor.message('line 1.').boundingBox();
  await agent.say('which of them?');
  await agent.say('the first?');
  await expect(hint(visitor)).toHaveText('2 new messages');
  expect(await visitor.message('line 1.').boundingBox()).toEqual(before);
  await told(agent, 'sent', 'which of them?', 'the first?');

  await hint(visitor).press('Enter');
  await told(agent, 'read', 'which of them?', 'the first?');
  await expect(hint(visitor)).toBeHidden();
  await expect(visitor.log).toBeFocused();
  await expect.poll(() => distanceFromEnd(visitor)).toBe(0);

  await agent.say('never mind');
  await told(agent, 'read', 'never mind');
  await expect(hint(visitor)).toBeHidden();
});

test('a sound for what comes unseen is off until it is switched on, and the switch is remembered', async ({ people, newContext }) => {
  const agent = await people.agent('agent1');
  const context = await newContext();
  await soundCounter(context);
  const visitor = await talk(context, agent);
  const { page } = visitor;
  const sound = page.getByRole('switch', { name: 'Sound for new messages' });
  await expect(sound).not.toBeChecked();
  await sound.click();
  await expect(sound).toBeChecked();
  expect(await notes(page), 'a sample').toBe(2);

  await page.reload();
  await expect(sound).toBeChecked();
  await agent.say('here you are');
  await told(agent, 'read', 'here you are');
  await hide(page, true);
  await agent.say('are you there?');
  await expect.poll(() => notes(page), 'for the one that nobody has seen').toBe(2);

  await hide(page, false);
  await sound.click();
  await expect(sound).not.toBeChecked();
  await page.reload();
  await expect(sound).not.toBeChecked();
});
