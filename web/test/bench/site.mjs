// The site whose pages use Parley: of an origin of its own, and isolated, so that its pages' clocks count in 5 µs.

import { createServer } from 'node:http';

const scripts = {
  // Nothing but the script tag, for pages that do the rest themselves.
  plain: (server) => tag(server),
  // A page that begins by itself, as a customer's does, and notes when it began and when it was done.
  started: (server, options) =>
    `<script>performance.mark('begin')</script>${tag(server)}` +
    `<script>started = ICF.init(${options}).then(() => void performance.mark('end'))</script>`,
};

const tag = (server) => `<script src="${server}/sdk/1/icf.sdk.js"></script>`;

/** Serves a page with the SDK of `?server=`, which `?init=` begins, or an empty page. Gives its address, and what ends it. */
export async function serve() {
  const site = createServer(({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://page');
    if (pathname !== '/') return response.writeHead(404).end();
    const server = searchParams.get('server');
    const init = searchParams.get('init');
    response.writeHead(200, {
      'content-type': 'text/html',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp', // with `credentialless` Chromium would not keep the script
    });
    const head = server ? scripts[init ? 'started' : 'plain'](server, init) : '';
    response.end(`<!doctype html><title>bench</title><link rel="icon" href="data:,">${head}`);
  });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${site.address().port}/`, end: () => site.close() };
}
