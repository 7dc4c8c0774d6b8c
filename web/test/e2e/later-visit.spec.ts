// What a visit asks the server for, and what it waits for: each request costs a round trip.
import type { Page } from '@playwright/test';
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';
import type { ReverseProxy } from './support/reverse-proxy.ts';
import { enter, openChat } from './support/sdk.ts';

const script = '/sdk/1/icf.sdk.js';
const validation = '/v1/apps/demo/validate';
const plain = () => ({ prefix: '', strips: false, headers: {} });

/** The paths that the server answers from now on. */
function asked({ rules }: ReverseProxy): string[] {
  const paths: string[] = [];
  rules.changes = (path) => paths.push(path);
  return paths;
}

// Somebody has begun a chat on a page that is gone.
async function chatted(sdk: () => Promise<Page>): Promise<void> {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  await page.close();
}

const begun = (page: Page) => page.evaluate(() => ICF.init({ appId: 'demo' }).then(() => ICF.isInit));

test('a first visit asks for each file once, and for the app without asking for leave before', async ({ reverseProxy, sdk }) => {
  const front = await reverseProxy(plain());
  const paths = asked(front);
  expect(await begun(await sdk({ server: front.url }))).toBe(true);
  const file = (name: string) => expect.stringMatching(new RegExp(`^/sdk/1/${name}\\.\\w{16}\\.`));
  expect(paths.sort()).toEqual([file('engine'), script, file('parley'), validation]);
});

test('a later visit makes one request, for the app', async ({ reverseProxy, sdk, context }) => {
  const front = await reverseProxy(plain());
  expect(await begun(await sdk({ server: front.url }))).toBe(true);
  const paths = asked(front);
  expect(await begun(await sdk({ server: front.url, page: await context.newPage() }))).toBe(true);
  expect(paths).toEqual([validation]);
});

test('where a session is stored the socket opens while the core loads, and the core takes it', async ({ sdk, context, server }) => {
  needs('websocket');
  await chatted(sdk);
  const page = await context.newPage();
  const sockets: string[] = [];
  const opened = new Promise<void>((done) =>
    page.on('websocket', (socket) => {
      sockets.push(socket.url());
      done();
    }),
  );
  await page.route('**/*.wasm', async (route) => {
    await opened;
    await route.fallback();
  });
  expect(await begun(await sdk({ page }))).toBe(true);
  expect(await page.evaluate(() => ICF.Parley.connection.state)).toBe('open');
  expect(sockets).toEqual([`${server.url.replace('http', 'ws')}/v1/socket`]);
});

test('a socket that the server has given up by the time that the core is there is replaced by another', async ({ sdk, context }) => {
  needs('websocket');
  await chatted(sdk);
  const page = await context.newPage();
  let sockets = 0;
  const closed = new Promise<void>((done) =>
    page.on('websocket', (socket) => {
      sockets++;
      socket.on('close', () => done());
    }),
  );
  await page.route('**/*.wasm', async (route) => {
    await closed; // after three seconds without a session
    await route.fallback();
  });
  expect(await begun(await sdk({ page }))).toBe(true);
  expect(await page.evaluate(() => ICF.Parley.connection.state)).toBe('open');
  expect(sockets).toBe(2);
});

test('a visit on the next day takes the script that is there, and asks for a newer one beside', async ({ reverseProxy, sdk, context }) => {
  const front = await reverseProxy(plain());
  // As the browser sees it when the minute has passed.
  front.rules.changes = (_, headers) => {
    headers['cache-control'] = headers['cache-control']?.replace('max-age=60,', 'max-age=0,');
  };
  expect(await begun(await sdk({ server: front.url }))).toBe(true);
  // What is not taken at once would be this.
  front.rules.pages = { [script]: { headers: [['content-type', 'text/javascript']], body: 'globalThis.newer = true' } };
  const page = await sdk({ server: front.url, page: await context.newPage() });
  expect(await begun(page)).toBe(true);
  await expect
    .poll(async () => {
      const next = await context.newPage();
      await next.goto(page.url());
      return next.evaluate(() => 'newer' in globalThis);
    })
    .toBe(true);
});
