// What calls visitors from outside of the window: the teaser beside the launcher, and the system's notifications.
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { hide, hideable } from './support/sight.ts';
import { usable } from './support/usable.ts';

test('a teaser comes once in a visit, on the pages that have it, takes no focus and loads nothing', async ({ page, server, site }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const address = (rules: string) =>
    site.page(`${server.url}/sdk/1/parley-chat.js`, {
      before: `<button autofocus>the page's</button><parley-chat app-id="demo" room="1" ${rules}></parley-chat>`,
    });
  const teaser = page.getByTestId('chat-teaser');
  await page.clock.install();
  await page.goto(address('teaser="Can we help?" teaser-after="5" teaser-on="/pricing* /shop"'));
  await page.clock.runFor(6_000);
  await expect(teaser, 'on another page').toHaveCount(0);
  await page.goto(address('teaser="Can we help?" teaser-after="5" teaser-on="/nothing /*"'));
  await page.clock.runFor(4_000);
  await expect(teaser, 'too early').toHaveCount(0);
  await page.clock.runFor(1_000);
  await expect(teaser).toHaveText('Can we help?');
  await expect(page.getByRole('status').filter({ hasText: 'Can we help?' }), 'is announced').toBeVisible();
  await expect(page.getByRole('button', { name: "the page's" })).toBeFocused();
  await usable(page);
  expect(asked.filter((path) => /^\/v1|icf\.sdk|engine\./.test(path))).toEqual([]);
  await page.getByTestId('chat-teaser-close').press('Enter');
  await expect(teaser).toHaveCount(0);
  await expect(page.getByTestId('chat-open')).toBeFocused();
  await page.goto(address('teaser="Can we help?" teaser-after="0"'));
  await page.clock.runFor(60_000);
  await expect(teaser, 'of one visit').toHaveCount(0);

  await page.evaluate(() => sessionStorage.clear());
  await page.goto(address('teaser="Can we help?" teaser-after="0"'));
  await page.clock.runFor(100);
  await teaser.click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(teaser).toHaveCount(0);
});

test('a notification is asked for by its button alone, and shows what came while nobody looked', async ({ people, newContext }) => {
  const agent = await people.agent('agent1');
  const context = await newContext();
  await hideable(context);
  await context.addInitScript(() => {
    const shown: unknown[] = [];
    let asked = 0;
    class Notice {
      static permission = 'default';
      static async requestPermission() {
        asked++;
        return (Notice.permission = 'granted');
      }
      constructor(title: string, { body, tag }: NotificationOptions) {
        shown.push([title, body, typeof tag]);
      }
    }
    Object.assign(window, { Notification: Notice, notices: () => [asked, ...shown] });
  });
  const visitor = new Visitor(await context.newPage());
  await visitor.visit();
  const { page } = visitor;
  const notices = () => page.evaluate(() => (window as any).notices());
  await visitor.start('Ada');
  await agent.accept();
  await hide(page, true);
  await agent.say('not asked for');
  await expect(page.getByTestId('chat-unread-line').or(visitor.message('not asked for')).first()).toBeAttached();
  await hide(page, false);
  const button = page.getByRole('switch', { name: 'Notifications for new messages' });
  await expect(button).not.toBeChecked();
  await button.click();
  await expect(button).toBeChecked();
  await usable(page);
  await hide(page, true);
  await agent.say('שלום 12');
  await expect.poll(notices).toEqual([1, ['Agent 1', '\u2068שלום 12\u2069', 'string']]);
  await hide(page, false);
  await button.click();
  await expect(button).not.toBeChecked();
});
