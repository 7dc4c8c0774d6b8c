// Table a.1: the ICF namespace.
import { expect, test } from './support.ts';

test('a.1 ICF.init: a Promise; success sets isInit, an unknown app is refused', async ({ sdk, guard }) => {
  guard.allow(/status of 401/);
  const page = await sdk();
  const refused = await page.evaluate(() =>
    ICF.init({ appId: 'nobody' }).catch((error: any) => ({
      code: error.code,
      nested: error.error,
      isInit: ICF.isInit,
      isError: error instanceof Error,
    })),
  );
  expect(refused).toMatchObject({ code: 401, nested: { code: 401, message: expect.any(String) }, isInit: false, isError: true });
  expect(
    await page.evaluate(() => {
      const done = ICF.init({ appId: 'demo', region: 'eu' });
      const same = ICF.init({ appId: 'demo', region: 'eu' });
      return done.then(() => [done instanceof Promise, done === same, ICF.isInit]);
    }),
  ).toEqual([true, true, true]);
});

test('a.1 ICF.init: server and port instead of region, setCookieOnDomain undefined', async ({ sdk, server }) => {
  const page = await sdk();
  await page.evaluate((port) => ICF.init({ appId: 'demo', server: '127.0.0.1', port, setCookieOnDomain: undefined as any }), server.port);
  expect(await page.evaluate(() => ICF.isInit)).toBe(true);
});

test('a.1 ICF.init: a server that cannot be reached rejects', async ({ sdk, guard }) => {
  guard.allow(/net::ERR_/);
  const page = await sdk();
  const refused = await page.evaluate(() => ICF.init({ appId: 'demo', server: 'http://127.0.0.1:9' }).catch((error: any) => error.code));
  expect(refused).toBe(503);
});

test('a.1 ICF.isInit: false before, true after a successful init', async ({ sdk }) => {
  const page = await sdk();
  expect(await page.evaluate(() => ICF.isInit)).toBe(false);
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(await page.evaluate(() => ICF.isInit)).toBe(true);
});

for (const [how, text] of [
  ['a function', 'function icfAsyncInit() { window.called = (window.called ?? 0) + 1; }'],
  ['a top-level const', 'const icfAsyncInit = () => { window.called = (window.called ?? 0) + 1; }'],
  ['a property of the window', 'window.icfAsyncInit = () => { window.called = (window.called ?? 0) + 1; }'],
] as const)
  test(`a.1 icfAsyncInit: ${how} is called once when the script has loaded`, async ({ page, site, server }) => {
    await page.goto(site.empty);
    await page.addScriptTag({ content: text });
    await page.addScriptTag({ url: `${server.url}/sdk/1/icf.sdk.js` });
    expect(await page.evaluate(() => (window as any).called)).toBe(1);
  });

test("a.1 ICF.Chat, Lobby, Events, Api, Connection, Helper: there when the script's load event fires, as bare and as window's ICF, writable", async ({
  page,
  site,
  server,
}) => {
  await page.goto(site.empty);
  const found = await page.evaluate(
    (src) =>
      new Promise((resolve) => {
        const script = document.createElement('script');
        script.id = 'icf-sdk';
        script.src = src;
        script.onload = () => {
          const done = ICF.init({ appId: 'demo' }) as unknown; // as old pages do, in the load event itself
          const same = ICF === window.ICF;
          window.ICF = ICF;
          resolve([
            same,
            done instanceof Promise,
            ...['Chat', 'Lobby', 'Events', 'Api', 'Connection', 'Helper'].map((name) => typeof (ICF as any)[name]),
          ]);
        };
        document.getElementsByTagName('body')[0]!.insertBefore(script, null);
      }),
    `${server.url}/sdk/1/icf.sdk.js`,
  );
  expect(found).toEqual([true, true, 'object', 'object', 'object', 'object', 'object', 'object']);
});
