// Pages with a content security policy, beside those of docs/security-headers.md.
import { expect, test } from './support/fixtures.ts';
import { outcome } from './support/sdk.ts';

const script = '/sdk/1/icf.sdk.js';
const begin = `ICF.init({appId: "demo"}).then(() => ICF.Api.request("/users", "POST", {name: "V"}))
  .then(({data}) => ICF.Lobby.init({id: data.user.id, token: data.session.token})).then(() => ICF.Lobby.logged)`;

test('a policy that allows the script but not what it loads: the error says so', async ({ page, server, site, guard }) => {
  guard.allow(/Content Security Policy/);
  const { origin, host } = new URL(server.url);
  await page.goto(
    site.page(server.url + script, { policy: `script-src ${origin}${script} 'wasm-unsafe-eval'; connect-src ${origin} ws://${host}` }),
  );
  expect(await outcome(page, begin)).toMatchObject({
    code: 503,
    message: expect.stringMatching(/^the page's policy lacks .*engine\.\w+\.js in script-src(-elem)?$/),
  });
});

test('without the WebSocket in connect-src the chat goes by HTTP, and an event says why', async ({ page, server, site, guard }) => {
  guard.allow(/Content Security Policy/);
  await page.goto(site.page(server.url + script, { policy: `script-src ${server.url} 'wasm-unsafe-eval'; connect-src ${server.url}` }));
  await page.evaluate(() => {
    const told: string[] = [];
    Object.assign(window, { told });
    ICF.Parley.on('error', ({ message }) => told.push(message));
  });
  expect(await outcome(page, begin)).toEqual({ value: true });
  expect(await page.evaluate('[told, ICF.Parley.connection.transport]')).toEqual([
    [`the page's policy lacks ${server.url.replace('http', 'ws')} in connect-src`],
    'http',
  ]);
});
