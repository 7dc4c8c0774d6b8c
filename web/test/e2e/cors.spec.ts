// Pages of other sites whose scripts change what requests carry, as tracing tools do.
import { expect, test } from './support/fixtures.ts';
import { attended, enter, openChat, outcome, said } from './support/sdk.ts';

test("a chat with files, on a page that adds tracing headers to everybody's requests", async ({ context, sdk, wire }) => {
  const headers = {
    'sentry-trace': '0123456789abcdef0123456789abcdef-0123456789abcdef-1',
    baggage: 'sentry-release=1',
    traceparent: '00-0-0-01',
  };
  await context.addInitScript((headers) => {
    const { fetch } = window;
    window.fetch = (input, init) => {
      const all = new Headers(init?.headers);
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      return fetch(input, { ...init, headers: all });
    };
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      for (const [name, value] of Object.entries(headers)) this.setRequestHeader(name, value);
      send.call(this, body);
    };
  }, headers);
  const agent = await wire.agent('agent1');
  const page = await sdk();
  const seen: string[] = [];
  page.on('request', (request) => request.headers().traceparent && seen.push(new URL(request.url()).pathname));
  await enter(page);
  await attended(page, agent, await openChat(page));
  await page.evaluate(async () => {
    await window.chat.sendMessage('Hello');
    await window.chat.sendMedia(new File(['x'], 'x.txt', { type: 'text/plain' }));
  });
  expect(await said(page)).toHaveLength(2);
  expect(seen).toEqual(expect.arrayContaining([expect.stringMatching(/\.wasm$/), '/v1/users', '/v1/media']));
});

// In the words of Chromium, Firefox and WebKit.
const unfetched = /Failed to fetch|NetworkError|Load failed/;

test('a page cannot say for a proxy where it comes from', async ({ sdk, server, guard }) => {
  guard.allow(/blocked by CORS policy|net::ERR_FAILED/);
  const page = await sdk();
  for (const name of ['x-forwarded-host', 'X-Forwarded-Prefix', 'forwarded']) {
    const asked = `fetch("${server.url}/v1/apps/demo/validate", {method: "POST", headers: {"${name}": "evil.example"}}).then(({status}) => status)`;
    expect(await outcome(page, asked), name).toMatchObject({ message: expect.stringMatching(unfetched) });
  }
});

for (const file of [/\.wasm$/, /engine\.\w+\.js$/]) {
  test(`when a proxy takes the CORS headers of ${file} away, the error names it`, async ({ reverseProxy, sdk, guard }) => {
    guard.allow(/blocked by CORS policy|net::ERR_FAILED|Failed to find a valid digest/); // Firefox takes the hash of what it may not read
    const front = await reverseProxy({ prefix: '', strips: true, headers: {} });
    front.rules.changes = (path, headers) => {
      if (file.test(path)) delete headers['access-control-allow-origin'];
    };
    const page = await sdk({ server: front.url });
    expect(await outcome(page, `ICF.init({appId: "demo"})`)).toMatchObject({
      code: 503,
      message: expect.stringMatching(/could not load the chat core: .*: it is there, but without CORS headers/),
    });
    delete front.rules.changes;
    expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
  });
}
