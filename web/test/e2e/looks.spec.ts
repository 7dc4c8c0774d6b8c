// The visitors' window and the console in every state and every look: light and dark, the system's colours, right to left, on a
// phone, at a zoom of 400 %. `npm run test:e2e -- looks` leaves a sheet with the pictures of all in test-results.
import { rest, restVisitor } from './support/chats.ts';
import { fakeIn } from './support/fake.ts';
import { expect, test } from './support/fixtures.ts';
import { preferLanguage } from './support/language.ts';
import { Sheet } from './support/looks.ts';
import { Agent, Visitor } from './support/pages.ts';
import { png } from './support/png.ts';
import { toneForMicrophone } from './support/tone.ts';

test.setTimeout(240_000); // a picture for each state in each look

// The demo's page has the element's language too, as a page in Arabic has.
const speak = (page: Visitor['page']) => (lang: string) =>
  page.evaluate((lang) => {
    Object.assign(document.documentElement, { lang, dir: lang === 'ar' ? 'rtl' : 'ltr' });
    document.querySelector<HTMLElement>('parley-chat')!.lang = lang;
  }, lang);

test('the window, from the button to the survey', async ({ page, people, server }, info) => {
  const agent = await people.agent('agent1');
  const { agents } = await rest(server.url, '', 'GET', '/agents', undefined, true);
  const { id } = agents.find(({ username }: { username: string }) => username === 'agent1');
  await rest(server.url, '', 'PUT', `/agents/${id}/picture`, { picture: png(96, 96).toString('base64') }, true);
  await toneForMicrophone(page);
  const visitor = await new Visitor(page).visit();
  const sheet = new Sheet(page, speak(page));
  await expect(page).toHaveTitle(/\S/);
  await sheet.see('closed');
  const set = (attributes: Record<string, string>) =>
    page.evaluate((attributes) => {
      const element = document.querySelector('parley-chat')!;
      for (const [name, value] of Object.entries(attributes))
        element.toggleAttribute(name, value !== '') && element.setAttribute(name, value);
    }, attributes);
  await set({ 'teaser-after': '0', teaser: 'Are you looking for something? Ask us, we know every shelf of the shop.' });
  await expect(page.getByTestId('chat-teaser')).toBeVisible();
  await sheet.see('teaser');
  await page.getByTestId('chat-teaser').click();
  await expect(page.getByTestId('chat-start')).toBeVisible();
  const later = ['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa'][(new Date().getUTCDay() + 3) % 7];
  await set({ hours: `${later} 09:00-10:00`, away: 'message' });
  await expect(page.getByTestId('chat-message')).toBeVisible();
  await sheet.see('away');
  await set({ hours: '', away: '' });
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
  await page.getByTestId('chat-voice').click();
  await expect(page.getByTestId('voice-stop')).toBeVisible();
  await sheet.see('recording');
  await page.getByTestId('voice-stop').click();
  await expect(page.getByTestId('voice-audio')).toBeVisible();
  await sheet.see('listening');
  await page.getByTestId('voice-discard').click();
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
  await page.getByTestId('account').click();
  await expect(page.getByTestId('portrait').getByTestId('avatar')).toBeVisible();
  await sheet.see('account');
  await page.keyboard.press('Escape');
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
  await page.getByTestId('search-open').click();
  await expect(page.getByTestId('search-agentId').locator('option')).toHaveCount(4);
  await sheet.see('search');
  await page.keyboard.press('?');
  await expect(page.getByTestId('help-dialog')).toBeVisible();
  await sheet.see('help');
  await page.keyboard.press('Escape');
  await page.getByTestId('logout').click();
  await expect(page.getByTestId('logout-dialog')).toBeVisible();
  await sheet.see('log-out');
  await sheet.keep(info, 'console');
});

test('what supervisors manage', async ({ page, guard, server }, info) => {
  guard.allow(/status of 40[09]/); // Chromium reports what the server refuses itself
  await (await new Agent(page).visit()).login('lead');
  const sheet = new Sheet(page, async (lang) => {
    await preferLanguage(page, lang);
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
  });
  await page.getByTestId('manage').click();
  await expect(page.getByTestId('figure-duty')).toHaveText('0 of 3');
  await sheet.see('figures');
  await page.getByTestId('manage-agents').click();
  await page.locator('[data-agent="agent1"]').getByTestId('agent-edit').click();
  await expect(page.getByTestId('agent-save')).toBeVisible();
  await sheet.see('agent');
  await page.keyboard.press('Escape');

  await page.getByTestId('manage-settings').click();
  await page.getByTestId('setting-hours').click();
  for (const day of [0, 0, 2]) await page.getByTestId(`add-hours-${day}`).click();
  for (const day of [0, 1]) {
    await page.getByTestId('add-holiday').click();
    await page.getByTestId(`add-window-holidays-${day}`).click();
  }
  await page.getByTestId('set-window.timeZone').fill('Mars/Olympus');
  await page.getByTestId('setting-save').click();
  await expect(page.getByTestId('field-problem')).toBeVisible();
  await sheet.see('opening hours');
  await page.getByTestId('setting-hours').click();
  await page.getByTestId('setting-form').click();
  await page.getByTestId('add-field').click();
  await page.getByTestId('setting-words').click();
  await page.getByTestId('add-words').click();
  await page.getByTestId('setting-surveys').click();
  await page.getByTestId('add-survey').click();
  await page.getByTestId('add-question-1').click();
  await page.getByTestId('set-surveys.1.questions.1.type').selectOption('choice');
  await page.getByTestId('setting-replies').click();
  await page.getByTestId('reply-open').first().click();
  await page.getByTestId('setting-work').click();
  await rest(server.url, '', 'PUT', '/settings', { tags: ['refund', 'a tag with many letters and no end'] }, true);
  const work = page.locator('console-set-work');
  await work.getByTestId('set-tags').fill('mine');
  await work.getByTestId('setting-save').click();
  await expect(work.getByTestId('setting-conflict')).toBeVisible();
  await sheet.see('settings');
  await page.getByTestId('manage-rooms').click();
  await expect(page.getByTestId('unsaved-stay')).toBeFocused();
  await sheet.see('unsaved');
  await page.getByTestId('unsaved-discard').click();
  await page.getByTestId('add-room').click();
  await sheet.see('rooms');
  await sheet.keep(info, 'managing');
});
