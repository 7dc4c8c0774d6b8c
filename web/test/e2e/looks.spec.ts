// The visitors' window and the console in every state and every look: light and dark, the system's colours, right to left, on a
// phone, at a zoom of 400 %. `npm run test:e2e -- looks` leaves a sheet with the pictures of all in test-results.
import { restVisitor } from './support/chats.ts';
import { fakeIn } from './support/fake.ts';
import { expect, test } from './support/fixtures.ts';
import { preferLanguage } from './support/language.ts';
import { Sheet } from './support/looks.ts';
import { Agent, Visitor } from './support/pages.ts';
import { png } from './support/png.ts';

test.setTimeout(240_000); // a picture for each state in each look

// The demo's page has the element's language too, as a page in Arabic has.
const speak = (page: Visitor['page']) => (lang: string) =>
  page.evaluate((lang) => {
    Object.assign(document.documentElement, { lang, dir: lang === 'ar' ? 'rtl' : 'ltr' });
    document.querySelector<HTMLElement>('parley-chat')!.lang = lang;
  }, lang);

test('the window, from the button to the survey', async ({ page, people }, info) => {
  const agent = await people.agent('agent1');
  const visitor = await new Visitor(page).visit();
  const sheet = new Sheet(page, speak(page));
  await expect(page).toHaveTitle(/\S/);
  await sheet.see('closed');
  await page.getByTestId('chat-open').click();
  await expect(page.getByTestId('chat-start')).toBeVisible();
  await sheet.see('welcome');
  await page.getByTestId('chat-name').fill('Ada');
  await page.getByTestId('chat-start').click();
  await expect(page.getByTestId('chat-input')).toBeVisible();
  await sheet.see('waiting');
  await agent.accept();
  await visitor.say('Hello, my order 4711 has not come yet. https://example.test/orders/4711?with=a-long-address-that-has-no-blank-in-it');
  await agent.say('Let me look\nשלום abc, مرحبا 123');
  await visitor.attach({ name: 'a drawing with a long name, as cameras give them.png', mimeType: 'image/png', buffer: png() });
  await expect(page.locator('.picture img')).toBeVisible();
  await agent.type('I ');
  await expect(visitor.typing).toBeVisible();
  await sheet.see('talking');
  await visitor.give('drop', { name: 'refused.exe', type: '', text: 'MZ' });
  await expect(page.getByTestId('chat-problem')).toHaveText(/cannot be sent/);
  await sheet.see('refused');
  await page.getByTestId('chat-close').click();
  await expect(page.getByTestId('chat-close-confirm')).toBeVisible();
  await sheet.see('to be ended');
  await page.getByTestId('chat-close-confirm').click();
  await expect(page.frameLocator('[data-testid=chat-survey]').getByRole('heading')).toBeVisible();
  await sheet.see('ended');
  await sheet.keep(info, 'window');
});

test('the window with messages that wait or have failed', async ({ page }, info) => {
  await fakeIn(page, { agents: ['Grace'] });
  const visitor = await new Visitor(page).visit();
  const sheet = new Sheet(page, speak(page));
  await visitor.start('Ada');
  await visitor.say('good day');
  await page.evaluate(() => window.fake.expectMessage('good day'));
  await page.evaluate(
    () => void window.fake.faults.refuse(409, { of: 'messages:new', message: 'The shop is counting its stock.', times: 1 }),
  );
  await visitor.say('one more thing');
  await expect(visitor.message('one more thing')).toHaveAttribute('data-status', 'failed');
  await sheet.see('failed');
  await sheet.keep(info, 'failures');
});

test('the console, from the log-in to the log-out', async ({ page, server, guard }, info) => {
  guard.allow(/status of 401/); // Chromium reports the refused log-in itself
  const agent = await new Agent(page).visit();
  const sheet = new Sheet(page, async (lang) => {
    await preferLanguage(page, lang);
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
  });
  await expect(page).toHaveTitle(/\S/);
  await page.getByTestId('login-app').fill('demo');
  await page.getByTestId('login-user').fill('lead');
  await page.getByTestId('login-password').fill('wrong');
  await sheet.see('log-in');
  await page.getByTestId('login-submit').click();
  await expect(page.getByTestId('login-error')).toHaveText(/\S/);
  await expect(page.getByTestId('login-submit')).toBeEnabled();
  await sheet.see('wrong password');
  await agent.login('lead');
  await sheet.see('off duty');
  await agent.goOnDuty();
  const visitor = await restVisitor(server.url, { name: 'Ada', contact: 'ada@example.com', extraInfo: { plan: 'gold' } });
  await visitor.say('Hello, I read https://example.test/');
  await visitor.send('a drawing.png', 'image/png', png());
  await visitor.search();
  await expect(agent.invitations).toHaveCount(1);
  await sheet.see('invited');
  await agent.accept();
  await expect(agent.pane().locator('.picture img')).toHaveCount(1);
  await agent.attach({ name: 'refused.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') });
  await expect(agent.pane().getByTestId('chat-problem')).toBeVisible();
  await sheet.see('talking');
  await page.getByTestId('details-toggle').click();
  await expect(page.getByTestId('details')).toBeVisible();
  await page.getByTestId('tag-new').fill('refund');
  await page.getByTestId('tag-add').click();
  await page.getByTestId('note-new').fill('Asks for the third time; call them back\nשלום abc');
  await page.getByTestId('note-add').click();
  await expect(page.getByTestId('note')).toHaveCount(1);
  await sheet.see('details');
  await page.getByTestId('details-close').click();
  await page.getByTestId('chat-transfer').click();
  await expect(page.getByTestId('transfer-target').first()).toBeVisible();
  await sheet.see('transfer');
  await page.getByTestId('transfer-dialog').getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('Alt+w');
  for (const list of ['waiting', 'active', 'closed'] as const) {
    await agent.list(list);
    await sheet.see(`${list} chats`);
  }
  await page.keyboard.press('?');
  await expect(page.getByTestId('help-dialog')).toBeVisible();
  await sheet.see('help');
  await page.keyboard.press('Escape');
  await page.getByTestId('logout').click();
  await expect(page.getByTestId('logout-dialog')).toBeVisible();
  await sheet.see('log-out');
  await sheet.keep(info, 'console');
});
