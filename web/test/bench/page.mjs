// Pages with the SDK of a parleyd, of an origin of their own, and isolated, so that their clocks count in 5 µs.

import { createServer } from 'node:http';

/** Serves a page that holds nothing but the script tag of `?server=`, or nothing. Gives its address, and what ends it. */
export async function serve() {
  const site = createServer(({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://page');
    if (pathname !== '/') return response.writeHead(404).end();
    const server = searchParams.get('server');
    response.writeHead(200, {
      'content-type': 'text/html',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'credentialless',
    });
    response.end(`<!doctype html><title>bench</title>${server ? `<script src="${server}/sdk/1/icf.sdk.js"></script>` : ''}`);
  });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${site.address().port}/`, end: () => site.close() };
}

/**
 * Opens a page with a chat that nobody else is in, and with `peers` their clients too. Gives a contender for each:
 * its name and its page.
 */
export async function open(browser, address, server, script, peers) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${address}?server=${server}`);
  await page.addScriptTag({ content: script });
  const names = await page.evaluate(
    async ([server, peers]) => {
      const visitor = async () => (await ICF.Api.request('/users', 'POST', { name: 'Visitor' })).data;
      await ICF.init({ appId: 'demo' });
      const { user, session } = await visitor();
      await ICF.Lobby.init({ id: user.id, token: session.token });
      const chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
      return contend({ chat, peers, server, token: (await visitor()).session.token });
    },
    [server, peers],
  );
  return names.map((name) => ({ name, page }));
}
