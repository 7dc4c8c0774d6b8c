// Both pages open without an error, and everybody can use them: light and dark,
// desk and phone, checked by axe.
import { type BrowserContextOptions, devices } from '@playwright/test';
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Agent, Visitor } from './support/pages.ts';
import { png } from './support/png.ts';
import { usable } from './support/usable.ts';

const { defaultBrowserType: _, ...phone } = devices['Pixel 7']!;
const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', reducedMotion: 'reduce' },
  dark: { colorScheme: 'dark', reducedMotion: 'reduce' },
  phone: { ...phone, colorScheme: 'light', reducedMotion: 'reduce' },
};

for (const [look, options] of Object.entries(looks)) {
  test(`demo page, ${look}`, async ({ newContext }) => {
    const page = await (await newContext(options)).newPage();
    const visitor = await new Visitor(page).visit();
    await expect(page).toHaveTitle(/\S/);
    await usable(page);
    await page.getByTestId('chat-open').click();
    await expect(page.getByTestId('chat-start')).toBeVisible();
    await usable(page);
    await visitor.page.getByTestId('chat-name').fill('Visitor');
  });

  test(`agent console, ${look}`, async ({ newContext }) => {
    const page = await (await newContext(options)).newPage();
    const agent = await new Agent(page).visit();
    await expect(page).toHaveTitle(/\S/);
    await expect(page.getByTestId('login-submit')).toBeVisible();
    await usable(page);
    await agent.login('agent1');
    await agent.goOnDuty();
    await usable(page);
  });
}

for (const [look, options] of Object.entries(looks)) {
  test(`agent console at work, ${look}`, async ({ people, server }) => {
    const agent = await people.agent('lead', options);
    const { page } = agent;
    const visitor = await restVisitor(server.url, { name: 'Ada', contact: 'ada@example.com', extraInfo: { plan: 'gold' } });
    await visitor.say('Hello, I read https://example.test/');
    await visitor.send('a drawing.png', 'image/png', png());
    await visitor.search();
    await expect(agent.invitations).toHaveCount(1);
    await usable(page);
    await agent.accept();
    await expect(agent.pane().locator('.picture img')).toHaveCount(1);
    await agent.attach({ name: 'refused.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') });
    await expect(agent.pane().getByTestId('chat-problem')).toBeVisible();
    await usable(page);
    await page.getByTestId('details-toggle').click();
    await expect(page.getByTestId('details')).toBeVisible();
    await usable(page);
    await page.getByTestId('details-close').click();
    await page.getByTestId('chat-transfer').click();
    await expect(page.getByTestId('transfer-target').first()).toBeVisible();
    await usable(page);
    await page.getByTestId('transfer-dialog').getByRole('button', { name: 'Close' }).click();
    await page.keyboard.press('Alt+w');
    for (const list of ['waiting', 'active', 'closed'] as const) {
      await agent.list(list);
      await usable(page);
    }
    await page.keyboard.press('?');
    await expect(page.getByTestId('help-dialog')).toBeVisible();
    await usable(page);
    await page.keyboard.press('Escape');
    await page.getByTestId('logout').click();
    await expect(page.getByTestId('logout-dialog')).toBeVisible();
    await usable(page);
  });
}

for (const [look, options] of Object.entries(looks)) {
  test(`demo chat from start to end, ${look}`, async ({ people }) => {
    const agent = await people.agent('agent1');
    const visitor = await people.visitor(options);
    const { page } = visitor;
    await visitor.start('Ada');
    await visitor.attach({ name: 'a drawing.png', mimeType: 'image/png', buffer: png() });
    await expect(page.locator('.picture img')).toBeVisible();
    await visitor.give('drop', { name: 'refused.exe', type: '', text: 'MZ' });
    await expect(page.getByTestId('chat-problem')).toHaveText(/cannot be sent/);
    await agent.accept();
    await expect(visitor.state).toHaveText(/talking to/);
    await usable(page);
    await agent.close();
    await expect(page.getByTestId('chat-ticket')).toHaveText(/ticket number/);
    await expect(page.frameLocator('[data-testid=chat-survey]').getByRole('heading')).toBeVisible();
    await usable(page);
  });
}

test('a wrong password is said on the page', async ({ newContext, guard }) => {
  guard.allow(/status of 401/); // Chromium reports the refused login itself
  const page = await (await newContext()).newPage();
  await new Agent(page).visit();
  await page.getByTestId('login-app').fill('demo');
  await page.getByTestId('login-user').fill('agent1');
  await page.getByTestId('login-password').fill('wrong');
  await page.getByTestId('login-submit').click();
  await expect(page.getByTestId('login-error')).toHaveText(/\S/);
  await expect(page.getByTestId('login-submit')).toBeEnabled();
});
