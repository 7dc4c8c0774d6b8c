// Agents log in by the company's provider of OpenID Connect, also where it is the only way.
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Provider } from './support/provider.ts';

test.use({ serverFlags: ['-hosts', '127.0.0.1'] }); // the server must know its own name before passwords can be off

const provider = new Provider();
let setting: Record<string, string>;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  setting = await provider.start();
});
test.afterAll(() => provider.stop());

test('an agent signs in with the provider, and out', async ({ page, server }) => {
  await rest(server.url, '', 'PUT', '/settings', { login: { oidc: { ...setting, name: 'Acme' } } }, true);
  await rest(
    server.url,
    '',
    'POST',
    '/agents',
    { username: 'jane', password: 'long enough', name: 'Jane', email: 'jane.doe@example.com' },
    true,
  );
  await page.goto(`${server.url}/console/`);
  await expect(page.getByTestId('login-password')).toBeVisible();
  await page.getByRole('button', { name: 'Log in with Acme' }).click();
  await expect(page.getByTestId('duty-toggle')).toBeVisible();
  expect(page.url()).toBe(`${server.url}/console/`);
  await page.reload();
  await expect(page.getByTestId('duty-toggle')).toBeVisible();

  await rest(server.url, '', 'PUT', '/settings', { login: { password: false } }, true);
  await page.getByTestId('logout').click();
  await expect(page.getByTestId('login-provider')).toBeVisible();
  await expect(page.getByTestId('login-password')).toBeHidden();
  await page.getByTestId('login-provider').click();
  await expect(page.getByTestId('duty-toggle')).toBeVisible();
});

test('who is no agent, and who was handed the log-in of another, stays outside', async ({ page, server, guard }) => {
  guard.allow(/403/u);
  await rest(server.url, '', 'PUT', '/settings', { login: { oidc: setting } }, true);
  await page.goto(`${server.url}/console/`);
  await page.getByTestId('login-provider').click();
  await expect(page.getByTestId('login-error')).toContainText('ask a supervisor');
  expect(page.url()).toBe(`${server.url}/console/`);

  await page.goto(`${server.url}/console/?state=${'0'.repeat(64)}&code=of-another`);
  await expect(page.getByTestId('login-error')).toHaveText('This log-in is over, or was begun in another tab. Please log in again.');
  await expect(page.getByTestId('login-password')).toBeVisible();
  expect(page.url()).toBe(`${server.url}/console/`);
  await page.reload();
  await expect(page.getByTestId('login-password')).toBeVisible();
  await expect(page.getByTestId('login-error')).toBeHidden();
});

for (const old of [`state=${'0'.repeat(64)}&code=of-another`, `state=${'0'.repeat(64)}&error=access_denied`, 'code=alone']) {
  test(`an agent who is logged in stays so at an address with ${old.replace(/0+/u, '0')}`, async ({ people, server }) => {
    const { page } = await people.agent();
    await page.goto(`${server.url}/console/?${old}`);
    await expect(page.getByTestId('duty-toggle')).toBeVisible();
    expect(page.url()).toBe(`${server.url}/console/`);
    await page.reload();
    await expect(page.getByTestId('duty-toggle')).toBeVisible();
  });
}
