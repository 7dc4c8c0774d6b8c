// The log-in, the console and the account are usable on the smallest screens and on large ones, in light and in dark.
import type { Page } from '@playwright/test';
import { rest, restVisitor } from './support/chats.ts';
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';
import type { Agent } from './support/pages.ts';
import { usableEverywhere, widths } from './support/usable.ts';

/** An agent whose chat is open with its details, while another visitor is blocked. */
async function inChat(people: { agent(): Promise<Agent> }, url: string): Promise<Page> {
  const agent = await people.agent();
  const blocked = await restVisitor(url, { name: 'Mallory' });
  await rest(url, '', 'POST', `/chats/${blocked.chatId}/block`, { seconds: 3600, reason: 'Sells pills' }, true);
  const visitor = await restVisitor(url, { name: 'Ada of the very long name that does not fit on a phone', contact: 'ada@example.com' });
  await visitor.say('Good morning, do you have this in blue?');
  await visitor.search();
  await agent.accept();
  await agent.say('Let me look');
  await agent.page.getByTestId('details-toggle').click();
  await expect(agent.page.getByTestId('chat-block')).toBeVisible();
  return agent.page;
}

// The dialog, and what opens it: a key at something that has the focus. A phone shows that with the chat or with the list.
const dialogs = [
  ['transfer-dialog', 'chat-transfer', 'Enter', 'chat'],
  ['block-dialog', 'chat-block', 'Enter', 'chat'],
  ['account-dialog', 'account', 'Enter', 'list'],
  ['logout-dialog', 'logout', 'Enter', 'list'],
  ['help-dialog', 'duty-toggle', '?', 'list'],
] as const;

test('each dialog opens by a key, closes by Escape, and gives the focus back', async ({ people, server }) => {
  test.slow();
  const page = await inChat(people, server.url);
  const back = page.getByRole('button', { name: 'Back to the list' });
  for (const width of widths.toReversed()) {
    for (const [dialog, opener, key, shownWith] of dialogs) {
      await page.setViewportSize({ width, height: 720 });
      if (shownWith === 'list' && (await back.isVisible())) await back.click();
      await page.getByTestId(opener).focus();
      await page.keyboard.press(key);
      await expect(page.getByTestId(dialog)).toHaveAccessibleName(/./u);
      await test.step(dialog, () => usableEverywhere(page, width));
      await page.keyboard.press('Escape');
      await expect(page.getByTestId(dialog)).toHaveCount(0);
      await expect(page.getByTestId(opener)).toBeFocused();
    }
  }
});

test('an open chat, its details, and what is asked before it closes', async ({ people, server }) => {
  test.slow();
  const page = await inChat(people, server.url);
  await usableEverywhere(page);
  await page.getByTestId('details-close').press('Escape');
  await expect(page.getByTestId('details-toggle')).toBeFocused();
  await page.getByTestId('chat-close').press('Enter');
  await usableEverywhere(page);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('chat-close')).toBeFocused();
});

test('the account with a passkey, an authenticator app and its recovery codes', async ({ page, server, guard }) => {
  needs('newCDPSession'); // for an authenticator in software
  test.slow();
  guard.allow(/40[13]/u);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const keys = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', ...keys } });
  await page.goto(`${server.url.replace('127.0.0.1', 'localhost')}/console/`);
  await expect(page.getByTestId('login-passkey')).toBeVisible();
  await usableEverywhere(page);

  await page.getByTestId('login-user').fill('agent1');
  await page.getByTestId('login-password').fill('demo');
  await page.keyboard.press('Enter');
  await page.getByTestId('duty-toggle').click();
  await usableEverywhere(page);
  await page.getByTestId('account').click();
  await page.getByTestId('account-passkeyName').fill('The phone that I use at the desk and on the way');
  await page.getByTestId('account-passkeyPassword').fill('demo');
  await page.getByTestId('passkey-add').click();
  await expect(page.getByTestId('account-said')).toBeInViewport();
  await page.getByTestId('account-totpPassword').fill('demo');
  await page.getByTestId('totp-begin').click();
  await expect(page.getByTestId('totp-secret')).toBeVisible();
  await usableEverywhere(page);
});

test('the recovery codes that end a log-in', async ({ page, server, guard }) => {
  test.slow();
  guard.allow(/40[13]/u);
  await rest(server.url, '', 'PUT', '/settings', { login: { secondFactor: 'required' } }, true);
  await page.goto('console/');
  await page.getByTestId('login-user').fill('agent2');
  await page.getByTestId('login-password').fill('demo');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('totp-secret')).toBeVisible();
  await usableEverywhere(page);
});
