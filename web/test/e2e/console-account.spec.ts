// How agents log in: they change their password, and set up an authenticator app that the next log-in asks for.
import { createHmac } from 'node:crypto';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code that an authenticator app shows (RFC 6238), so many time steps from now. */
function totp(secret: string, steps = 0): string {
  const bits = [...secret.replaceAll(' ', '')].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/gu) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test('an agent changes the password, sets up an authenticator app, and logs in with it', async ({ people, guard }) => {
  guard.allow(/40[01]/u);
  const { page } = await people.agent('agent1');
  const dialog = page.getByTestId('account-dialog');
  await page.getByTestId('account').focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveAccessibleName('Your account');
  await page.getByTestId('account-password').fill('demo');
  await page.getByTestId('account-newPassword').fill('password1');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('account-error')).toContainText('first that are guessed');
  await page.getByTestId('account-newPassword').fill('several words of mine');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('account-said')).toHaveText('The password is changed.');

  await page.getByTestId('account-totpPassword').fill('several words of mine');
  await page.getByTestId('totp-begin').click();
  const secret = (await page.getByTestId('totp-secret').textContent())!;
  await expect(dialog.getByRole('img', { name: 'QR code' })).toBeVisible();
  await page.getByTestId('totp-code').fill(totp(secret, -1));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('recovery-codes').getByRole('listitem')).toHaveCount(10);
  await expect(page.getByTestId('totp-state')).toContainText('10 recovery codes');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('account')).toBeFocused();

  await page.getByTestId('logout').click();
  await page.getByTestId('login-user').fill('agent1');
  await page.getByTestId('login-password').fill('several words of mine');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('totp-code')).toBeFocused();
  await page.getByTestId('totp-code').fill('000000');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('login-error')).toContainText('The code is wrong');
  await page.getByTestId('totp-code').fill(totp(secret));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('duty-toggle')).toBeVisible();
});

test('an app that requires a second factor has it set up at the log-in', async ({ people, server, guard }) => {
  guard.allow(/40[13]/u);
  const { page } = await people.agent('agent2');
  await page.getByTestId('logout').click();
  await rest(server.url, '', 'PUT', '/settings', { login: { secondFactor: 'required' } }, true);
  await page.getByTestId('login-user').fill('agent2');
  await page.getByTestId('login-password').fill('demo');
  await page.keyboard.press('Enter');
  const secret = (await page.getByTestId('totp-secret').textContent())!;
  await page.getByTestId('totp-code').fill(totp(secret));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('recovery-codes').getByRole('listitem')).toHaveCount(10);
  await page.getByTestId('login-submit').click();
  await expect(page.getByTestId('duty-toggle')).toBeVisible();
  await page.getByTestId('account').click();
  await expect(page.getByTestId('totp-begin')).toBeVisible();
  await expect(page.getByTestId('totp-remove')).toBeHidden();
});

test.describe('a server that knows its own name', () => {
  test.use({ serverFlags: ['-hosts', '127.0.0.1'] });
  test('the account has only what agents of the app log in by', async ({ people, server }) => {
    const oidc = { issuer: 'https://login.example.com', clientId: 'parley', name: 'Acme' };
    const { page } = await people.agent('agent1');
    for (const [login, parts] of [
      [{ secondFactor: 'optional' }, ['Password', 'Authenticator app']],
      [{ secondFactor: 'off' }, ['Password']],
      [{ secondFactor: 'optional', password: false, oidc }, []],
    ] as const) {
      await rest(server.url, '', 'PUT', '/settings', { login }, true);
      const told = page.waitForResponse(/account$/u);
      await page.getByTestId('account').click();
      await (await told).finished();
      const dialog = page.getByTestId('account-dialog');
      await expect(dialog.getByText('You log in with Acme.')).toHaveCount('oidc' in login ? 1 : 0);
      await expect(dialog.getByRole('heading', { level: 3 })).toHaveText(['Picture', ...parts]);
      await page.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
    }
  });
});
