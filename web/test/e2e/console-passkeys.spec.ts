// Agents log in by a passkey. Browsers have passkeys for names of hosts only, so the console is opened at localhost.
import type { CDPSession, Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';
import type { Server } from './support/server.ts';
import { usable } from './support/usable.ts';

declare global {
  var passkeyRequests: CredentialRequestOptions[];
  /** Ends the time of the last request that has one. */
  var timeOut: () => void;
}

test.beforeEach(() => needs('newCDPSession')); // for an authenticator in software

/** Gives the browser an authenticator whose owner always shows who they are. */
async function authenticator(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  } as const;
  return { cdp, ...(await cdp.send('WebAuthn.addVirtualAuthenticator', { options })) };
}

/** What the page has asked authenticators for: what it offers in a field, or all else, and whether it has ended that. */
const requests = (page: Page) =>
  page.evaluate(() => passkeyRequests.map(({ mediation, signal }) => `${mediation ?? 'asked'}${signal?.aborted ? ', ended' : ''}`));

/** Logs an agent in who adds a passkey and logs out again. From then on the authenticator waits for its owner. */
async function offered({ page, server }: { page: Page; server: Server }) {
  await page.addInitScript(() => {
    const { get } = CredentialsContainer.prototype;
    globalThis.passkeyRequests = [];
    CredentialsContainer.prototype.get = function (options: CredentialRequestOptions) {
      passkeyRequests.push(options);
      return get.call(this, options);
    };
    AbortSignal.timeout = () => {
      const timer = new AbortController();
      globalThis.timeOut = () => timer.abort();
      return timer.signal;
    };
  });
  const { cdp, authenticatorId } = await authenticator(page);
  const present = (enabled: boolean) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  await page.goto(`${server.url.replace('127.0.0.1', 'localhost')}/console/`);
  await page.getByTestId('login-user').fill('agent1');
  await page.getByTestId('login-password').fill('demo');
  await page.keyboard.press('Enter');
  await page.getByTestId('account').click();
  await page.getByTestId('account-passkeyPassword').fill('demo');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('account-said')).toHaveText('The passkey is added.');
  await page.keyboard.press('Escape');
  await present(false);
  await page.getByTestId('logout').click();
  await expect(page.getByTestId('login-user')).toHaveAttribute('autocomplete', 'username webauthn');
  await expect.poll(() => requests(page)).toEqual(['conditional']);
  return { present };
}

const ended = 'conditional, ended';

test('a passkey is offered in the field of the name, with a challenge that the server still knows', async ({ page, server }) => {
  const asked: unknown[] = [];
  page.on('request', (request) => request.url().endsWith('/login/passkey') && asked.push(request.postDataJSON()));
  const { present } = await offered({ page, server });
  await present(true);
  await page.evaluate(() => timeOut());
  await expect(page.getByTestId('duty-toggle')).toBeVisible();
  expect(await requests(page)).toEqual([ended, ended]);
  expect(new Set(asked.map((body) => JSON.stringify(body)))).toEqual(new Set(['{"mediation":"conditional"}']));
});

test('the offer ends for another app, a page that leaves and the button', async ({ page, server, guard }) => {
  guard.allow(/401/u);
  const { present } = await offered({ page, server });
  for (const [app, after] of [
    ['nobody', [ended]],
    ['demo', [ended, 'conditional']],
  ] as const) {
    await page.getByTestId('login-app').fill(app);
    await page.getByTestId('login-user').focus();
    await expect.poll(() => requests(page)).toEqual(after);
  }
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  expect(await requests(page)).toEqual([ended, ended]);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await expect.poll(() => requests(page)).toEqual([ended, ended, 'conditional']);
  await present(true);
  await page.getByTestId('login-passkey').click();
  await expect(page.getByTestId('duty-toggle')).toBeVisible();
  expect(await requests(page)).toEqual([ended, ended, ended, 'asked']);
});

test('an agent adds a passkey, logs in with it alone, and removes it', async ({ page, server, guard }) => {
  guard.allow(/40[13]/u);
  // Nobody chooses in the field.
  await page.addInitScript(() => Object.assign(PublicKeyCredential, { isConditionalMediationAvailable: async () => false }));
  const at = server.url.replace('127.0.0.1', 'localhost');
  const { cdp, authenticatorId } = await authenticator(page);
  await page.goto(`${at}/console/`);
  await page.getByTestId('login-user').fill('agent1');
  await page.getByTestId('login-password').fill('demo');
  await page.keyboard.press('Enter');
  await page.getByTestId('account').click();
  await page.getByTestId('account-passkeyName').fill('Phone of Ann');
  await page.getByTestId('account-passkeyPassword').fill('wrong');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('account-error')).toBeVisible();
  await page.getByTestId('account-passkeyPassword').fill('demo');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('account-said')).toHaveText('The passkey is added.');
  const list = page.getByTestId('passkeys').getByRole('listitem');
  await expect(list).toHaveText(/Phone of Ann.*Added: Today/u);
  await usable(page);

  await page.getByTestId('account-passkeyPassword').fill('demo');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('account-error')).toHaveText('This device has a passkey of yours already.');
  await page.keyboard.press('Escape');

  await rest(server.url, '', 'PUT', '/settings', { login: { secondFactor: 'required' } }, true);
  await page.getByTestId('logout').click();
  await page.getByTestId('login-passkey').focus();
  await usable(page);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('duty-toggle')).toBeVisible();

  await page.getByTestId('account').click();
  await expect(list).toHaveText(/Phone of Ann.*Last used: Today/u);
  await page.getByTestId('account-passkeyPassword').fill('demo');
  await page.getByRole('button', { name: 'Remove the passkey Phone of Ann' }).click();
  await expect(page.getByTestId('account-said')).toHaveText('The passkey is removed.');
  await expect(list).toHaveCount(0);
  await page.keyboard.press('Escape');

  await page.getByTestId('logout').click();
  await page.getByTestId('login-passkey').click();
  await expect(page.getByTestId('login-error')).toContainText('not known here');
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.getByTestId('login-passkey').click();
  await expect(page.getByTestId('login-error')).toHaveText('No passkey was given.');
});

test('there is no passkey where the app or the host has none', async ({ page, server }) => {
  const button = page.getByTestId('login-passkey');
  const at = server.url.replace('127.0.0.1', 'localhost');
  const open = async (url: string) => {
    const asked = page.waitForResponse(/settings/u);
    await page.goto(`${url}/console/`);
    await (await asked).finished();
  };
  await open(server.url);
  await expect(button).toBeHidden();
  await open(at);
  await expect(button).toBeVisible();
  await rest(server.url, '', 'PUT', '/settings', { login: { passkeys: false } }, true);
  await open(at);
  await expect(button).toBeHidden();
});
