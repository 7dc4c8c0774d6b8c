// Notifications and the sound: only when asked for, only while the page is out of sight.
import type { BrowserContext, Page } from '@playwright/test';
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Agent } from './support/pages.ts';

declare global {
  interface Window {
    notified: { title: string; body: string; click(): void }[];
    asked: number;
    outOfSight(out: boolean): void;
    notes: number;
  }
}

/** Puts a notification centre into the pages that remembers, and lets the test hide the page. */
async function centre(context: BrowserContext, answer: NotificationPermission): Promise<void> {
  await context.addInitScript((answer) => {
    window.notified = [];
    window.asked = window.notes = 0;
    const starts = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (at) {
      window.notes++;
      starts.call(this, at);
    };
    class Fake {
      static permission: NotificationPermission = 'default';
      static async requestPermission() {
        window.asked++;
        return (Fake.permission = answer);
      }
      onclick?: () => void;
      constructor(title: string, { body = '' }: NotificationOptions) {
        window.notified.push({ title, body, click: () => this.onclick?.() });
      }
      close() {}
    }
    Object.assign(window, { Notification: Fake });
    let out = false;
    Object.defineProperty(document, 'visibilityState', { get: () => (out ? 'hidden' : 'visible') });
    window.outOfSight = (now) => {
      out = now;
      document.dispatchEvent(new Event('visibilitychange'));
    };
  }, answer);
}

const notified = (page: Page) => page.evaluate(() => window.notified.map(({ title, body }) => `${title}: ${body}`));

test('nothing is asked before the click; then invitations and messages are told while the page is hidden', async ({
  newContext,
  server,
}) => {
  const context = await newContext();
  await centre(context, 'granted');
  const agent = await new Agent(await context.newPage()).begin('agent1');
  const { page } = agent;
  expect(await page.evaluate(() => window.asked)).toBe(0);
  const toggle = page.getByTestId('notify-toggle');
  await expect(toggle).toHaveAttribute('aria-pressed', 'false');
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-pressed', 'true');

  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await agent.accept();
  await visitor.say('while it is seen');
  await agent.sees('while it is seen');
  expect(await notified(page)).toEqual([]);

  await page.evaluate(() => window.outOfSight(true));
  await visitor.say('<b>while it is not</b>');
  await expect.poll(() => notified(page)).toEqual(['Ada: <b>while it is not</b>']);
  await expect(page).toHaveTitle('(1) Parley console');
  const other = await restVisitor(server.url, { name: 'Grace' });
  await other.search();
  await expect.poll(() => notified(page)).toContainEqual('Grace: would like to talk to an agent');
  await page.evaluate(() => {
    window.outOfSight(false);
    window.notified[0]!.click();
  });
  await expect(page.locator(`[data-testid="chat-pane"][data-chat="${visitor.chatId}"]`)).toBeVisible();

  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-pressed', 'false');
});

test('a browser that refuses is said, and the sound is off until it is turned on', async ({ newContext, server }) => {
  const context = await newContext();
  await centre(context, 'denied');
  const agent = await new Agent(await context.newPage()).begin('agent1');
  const { page } = agent;
  await page.getByTestId('notify-toggle').click();
  await expect(page.getByText('blocks notifications')).toBeVisible();
  await expect(page.getByTestId('notify-toggle')).toHaveAttribute('aria-pressed', 'false');

  const visitor = await restVisitor(server.url);
  await visitor.search();
  await expect(agent.invitations).toHaveCount(1);
  expect(await page.evaluate(() => window.notes)).toBe(0);
  await page.getByTestId('sound-toggle').click();
  const tried = await page.evaluate(() => window.notes); // the agent hears what they have turned on
  expect(tried).toBeGreaterThan(0);
  await agent.accept();
  await page.evaluate(() => window.outOfSight(true));
  await visitor.say('listen');
  await expect.poll(() => page.evaluate(() => window.notes)).toBeGreaterThan(tried);
});
