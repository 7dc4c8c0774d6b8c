// A page that the browser prerenders, because its user may go there next: no visitor is in it
// yet, so it loads the core, and does nothing else before it is shown.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from './support/fixtures.ts';
import { PlainChromium } from './support/plain-chromium.ts';

/** The page that the user is on. */
const start = `<!doctype html><title>Start</title>
<script type="speculationrules">{"prerender":[{"source":"list","urls":["/next"],"eagerness":"immediate"}]}</script>
<script>fetch('/told').then(() => (location.href = '/next'));</script>`;

/** The page that they may go to. It tells the test what it does. */
const next = (script: string) => `<!doctype html><title>Next</title>
<script>
  const asked = [];
  const real = { fetch, WebSocket };
  window.fetch = (url, ...rest) => (asked.push(String(url)), real.fetch.call(window, url, ...rest));
  window.WebSocket = class extends real.WebSocket { constructor(url) { super(url); asked.push(String(url)); } };
  const tell = (what, more) => fetch('/tell', { method: 'POST', body: JSON.stringify({ what, prerendering: document.prerendering, asked, ...more }) });
</script>
<script src="${script}"></script>
<script>
  const begun = ICF.init({ appId: 'demo' });
  ICF.Parley.preload().then(() => tell('loaded'));
  begun.then(async () => {
    const { data } = await ICF.Api.request('/users', 'POST', { name: 'Visitor' });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    const chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
    tell('opened', { activated: performance.getEntriesByType('navigation')[0].activationStart, chatId: chat.id });
  });
</script>`;

test('a page that is prerendered starts no chat before it is shown, and then does', async ({ server }) => {
  const told: any[] = [];
  let go: ServerResponse | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/told') return void (go = response);
    if (request.url === '/tell') {
      told.push(JSON.parse(String(Buffer.concat(await request.toArray()))));
      return response.writeHead(204).end();
    }
    const page = request.url === '/' ? start : request.url === '/next' ? next(`${server.url}/sdk/1/icf.sdk.js`) : '';
    return response.writeHead(page ? 200 : 204, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  };
  const site = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await expect.poll(() => site.listening).toBe(true);
  const browser = PlainChromium.start(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  try {
    await expect.poll(() => told.map(({ what }) => what), { timeout: 30_000 }).toEqual(['loaded']);
    expect(told[0].prerendering, 'the browser prerenders the page').toBe(true);
    const asks = (part: string) => told.at(-1).asked.filter((url: string) => url.includes(part));
    expect(asks('/v1/'), 'what it has asked of the chat server').toEqual([]);
    expect(asks('.wasm')).toHaveLength(1);
    go!.writeHead(204).end();
    await expect.poll(() => told.map(({ what }) => what), { timeout: 30_000 }).toEqual(['loaded', 'opened']);
    expect(told[1]).toMatchObject({ prerendering: false, chatId: expect.any(String) });
    expect(told[1].activated, 'it was shown later than it was loaded').toBeGreaterThan(0);
    expect(asks('/v1/socket')).toHaveLength(1);
  } finally {
    await browser.stop();
    site.closeAllConnections();
    site.close();
  }
});
