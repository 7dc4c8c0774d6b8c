// Subresource integrity: a page says which script it wants, the script which core.
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';
import { outcome } from './support/sdk.ts';

// The last is what WebKit says of a fetch whose hash differs.
const noDigest =
  /Failed to find a valid digest in the 'integrity' attribute|SRI's integrity checks failed|\.wasm due to access control checks/;
const emptyModule = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

async function published(server: {
  url: string;
}): Promise<{ version: string; url: string; integrity: string; tag: string; preload: string }> {
  const { version, files, tag, preload } = await (await fetch(`${server.url}/sdk/integrity.json`)).json();
  const path = `/sdk/${version}/icf.sdk.js`;
  const { integrity } = files.find((file: { path: string }) => file.path === path);
  return { version, url: server.url + path, integrity, tag, preload };
}

test('the tag of the integrity page works on another site', async ({ page, server, site }) => {
  const { version, url, integrity, tag } = await published(server);
  await page.goto(`${server.url}/sdk/`);
  expect(await page.locator('pre').first().innerText()).toBe(tag);
  expect(tag).toBe(`<script src="${url}" integrity="${integrity}" crossorigin="anonymous"></script>`);
  await page.goto(site.page(url, { integrity }));
  expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.Parley.version)`)).toEqual({ value: version });
});

test('the preload tags of the integrity page load what the script asks for, once', async ({ page, server, site }) => {
  needs('sizes');
  const { url, integrity, preload } = await published(server);
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(site.page(url, { integrity, before: preload }));
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  // Firefox gives the wasm to `fetch` from its cache.
  const loaded = await page.evaluate(() =>
    (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name, transferSize }) => /engine|\.wasm/.test(name) && transferSize > 0)
      .map(({ name, initiatorType }) => `${/engine|wasm/.exec(name)} by a ${initiatorType}`),
  );
  expect(loaded.sort()).toEqual(['engine by a link', 'wasm by a link']);
  expect(said).toEqual([]);
});

test('a script that is not the one is not run', async ({ page, server, site, guard }) => {
  guard.allow(noDigest);
  const { url, integrity } = await published(server);
  await page.goto(site.page(url, { integrity: integrity.replace(/-..../, '-AAAA') }));
  expect(await page.evaluate(() => 'ICF' in window)).toBe(false);
});

for (const [part, file, content] of [
  ['a core', /\.wasm$/, { contentType: 'application/wasm', body: emptyModule }],
  ['an engine', /engine\.\w+\.js$/, { contentType: 'text/javascript', body: "document.title = 'run'" }],
] as const) {
  test(`${part} that is not the script's is refused, and the right one taken afterwards`, async ({ page, server, site, guard }) => {
    guard.allow(noDigest);
    const { url, integrity } = await published(server);
    await page.goto(site.page(url, { integrity }));
    await page.route(file, (route) => route.fulfill({ ...content, headers: { 'access-control-allow-origin': '*' } }));
    expect(await outcome(page, `ICF.init({appId: "demo"})`)).toMatchObject({
      isError: true,
      code: 502,
      message: expect.stringMatching(/(parley\.\w+\.wasm|engine\.\w+\.js) is not this script's chat core .*: its hash differs/),
    });
    await expect(page).toHaveTitle('A site');
    await page.unroute(file);
    expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
  });
}

test('on a page of plain http the core is checked as well', async ({ browser, server, site }) => {
  needs('hosts');
  const { launchOptions } = test.info().project.use;
  const shop = await browser.browserType().launch({
    ...launchOptions,
    args: [...(launchOptions?.args ?? []), '--host-resolver-rules=MAP *.shop.test 127.0.0.1'],
  });
  try {
    const page = await (await shop.newContext()).newPage();
    await page.goto(site.page(`${server.url}/sdk/1/icf.sdk.js`).replace('127.0.0.1', 'www.shop.test'));
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    let broken = true;
    await page.route(/\.wasm$/, (route) =>
      broken
        ? route.fulfill({ contentType: 'application/wasm', body: emptyModule, headers: { 'access-control-allow-origin': '*' } })
        : route.continue(),
    );
    expect(await outcome(page, `ICF.init({appId: "demo"})`)).toMatchObject({ code: 502 });
    broken = false;
    expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
  } finally {
    await shop.close();
  }
});
