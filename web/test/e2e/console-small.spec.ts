// The log-in, the console and the account are usable on the smallest screens and on large ones, in light and in dark.
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';
import { usable } from './support/usable.ts';

/** Looks at what is shown at 320 pixels and at the width of a desk, in both schemes. */
async function usableEverywhere(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 720 });
      await test.step(`${colorScheme}, ${width} px`, () => usable(page));
    }
  }
}

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
