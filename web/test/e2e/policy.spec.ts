// Pages with a content security policy of their own, as the README tells them.
import { expect, test } from './support/fixtures.ts';
import { outcome } from './support/sdk.ts';

const script = '/sdk/1/icf.sdk.js';
const begin = `ICF.init({appId: "demo"}).then(() => ICF.Api.request("/users", "POST", {name: "V"}))
  .then(({data}) => ICF.Lobby.init({id: data.user.id, token: data.session.token})).then(() => ICF.Lobby.logged)`;

for (const [name, sources, more] of [
  ['names the server', 'SERVER', ''],
  ['names a nonce', "'nonce-n1'", ''],
  ['names a nonce, with strict-dynamic', "'nonce-n1' 'strict-dynamic'", ''],
  ['demands trusted types', 'SERVER', "; require-trusted-types-for 'script'; trusted-types parley"],
] as const) {
  test(`a policy that ${name}: a user logs in`, async ({ page, server, site }) => {
    const { origin, host } = new URL(server.url);
    const policy = `default-src 'none'; script-src ${sources.replace('SERVER', origin)} 'wasm-unsafe-eval'; connect-src ${origin} ws://${host}${more}`;
    await page.goto(site.page(server.url + script, { policy, nonce: 'n1' }));
    expect(await outcome(page, begin)).toEqual({ value: true });
  });
}

test('a policy that does not allow what the script loads: the error says so', async ({ page, server, site, guard }) => {
  guard.allow(/Content Security Policy/);
  const { origin, host } = new URL(server.url);
  await page.goto(
    site.page(server.url + script, { policy: `script-src ${origin}${script} 'wasm-unsafe-eval'; connect-src ${origin} ws://${host}` }),
  );
  expect(await outcome(page, begin)).toMatchObject({ code: 502, message: expect.stringMatching(/content security policy/) });
});
