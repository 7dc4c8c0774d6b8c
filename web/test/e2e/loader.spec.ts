// Loading, failing to load, ending: the page is told, and nothing of it is hurt.
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { attended, enter, openChat, outcome } from './support/sdk.ts';

for (const file of [/\.wasm$/, /engine\.\w+\.js$/]) {
  test(`a failed load of ${file} is a clear error and can be tried again`, async ({ sdk, guard }) => {
    guard.allow(/status of 500|net::ERR_FAILED/, /Failed to find a valid digest|SRI's integrity checks failed/);
    const page = await sdk();
    let broken: 'status' | 'page' | 'network' | undefined = 'status';
    await page.route(file, (route) => {
      if (broken === 'status') return route.fulfill({ status: 500, body: 'no', headers: { 'access-control-allow-origin': '*' } });
      if (broken === 'page')
        return route.fulfill({
          status: 200,
          contentType: 'text/html',
          body: '<!doctype html>',
          headers: { 'access-control-allow-origin': '*' },
        });
      if (broken === 'network') return route.abort();
      return route.continue();
    });
    for (const [way, code, says] of [
      ['status', 503, /chat core.*500/],
      ['page', 502, /chat core.*its hash differs/],
      ['network', 503, /chat core/],
    ] as const) {
      broken = way;
      expect(await outcome(page, `ICF.init({appId: "demo"})`), way).toMatchObject({
        isError: true,
        code,
        message: expect.stringMatching(says),
      });
    }
    broken = undefined;
    expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
  });
}

test('a visitor who saves data loads the core with the chat, and not ahead of it', async ({ sdk }) => {
  const page = await sdk();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setDataSaverOverride' as any, { dataSaverEnabled: true } as any);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.evaluate(() => ICF.Parley.preload());
  expect(asked).toEqual([]);
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(asked.some((url) => url.endsWith('.wasm'))).toBe(true);
});

for (const [browser, script, says] of [
  ['without WebAssembly', 'delete globalThis.WebAssembly', /no WebAssembly/],
  [
    'whose WebAssembly is of 2018',
    // What such a browser says to the first instruction that it does not know.
    `for (const name of ['compile', 'compileStreaming'])
       WebAssembly[name] = async () => { throw new WebAssembly.CompileError('invalid numeric opcode 0xfc0a'); };`,
    /lacks what the chat core needs: .*0xfc0a/,
  ],
] as const) {
  test(`a browser ${browser} gets one clear error`, async ({ sdk, context }) => {
    await context.addInitScript(script);
    const page = await sdk();
    const failure = { isError: true, code: 500, message: expect.stringMatching(says) };
    expect(await outcome(page, `ICF.init({appId: "demo"})`)).toMatchObject(failure);
    const again = page.evaluate(() => ICF.init({ appId: 'demo' }).catch(({ reason }) => reason));
    expect(await again).toBe('no-webassembly');
  });
}

const validations = (page: Page) => {
  const seen: string[] = [];
  page.on('request', (request) => request.url().endsWith('/validate') && request.method() === 'GET' && seen.push(request.url()));
  return seen;
};

test('init asks for the app while the core loads, and once', async ({ sdk }) => {
  const page = await sdk();
  const seen = validations(page);
  let go = () => {};
  const loads = new Promise<void>((done) => (go = done));
  await page.route(/\.wasm$/, async (route) => {
    await loads;
    await route.continue();
  });
  const begun = outcome(page, 'ICF.init({appId: "demo"}).then(() => ICF.isInit)');
  await expect.poll(() => seen).toHaveLength(1);
  go();
  expect(await begun).toEqual({ value: true });
  await enter(page);
  await openChat(page);
  expect(seen).toHaveLength(1);
});

test('init asks for no app where a session is kept', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page);
  const seen = validations(page);
  await page.reload();
  expect(await outcome(page, 'ICF.init({appId: "demo"}).then(() => Object.keys(ICF.Lobby.chats))')).toEqual({ value: [chatId] });
  expect(seen).toEqual([]);
});

test('a first request that fails is that of init, and init can be called again', async ({ sdk, guard }) => {
  guard.allow(/net::ERR_FAILED/);
  const page = await sdk();
  const seen = validations(page);
  await page.route(/validate$/, (route) => route.abort());
  expect(await outcome(page, 'ICF.init({appId: "demo"})')).toMatchObject({ isError: true, code: 503 });
  expect(seen).toHaveLength(1);
  await page.unroute(/validate$/);
  expect(await outcome(page, 'ICF.init({appId: "demo"}).then(() => ICF.isInit)')).toEqual({ value: true });
});

test('a wrong MIME type is no obstacle', async ({ sdk }) => {
  const page = await sdk();
  await page.route(/\.wasm$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-type': 'application/octet-stream' } });
  });
  expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
});

test('what the program holds of the page does not grow with what is said', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  await enter(page);
  const talk = async (messages: number) => {
    const chatId = await openChat(page);
    await attended(page, agent, chatId);
    await page.evaluate(async (messages) => {
      for (let i = 0; i < messages; i++) await window.chat.sendMessage(`message ${i}`);
    }, messages);
    await page.evaluate(() => window.chat.close());
  };
  // Go gives page objects back some time after a collection, so the least of
  // many looks counts, and a look can be early by one round of them.
  const least = () =>
    page.evaluate(async () => {
      const looks: number[] = [];
      for (let i = 0; i < 2000; i++) {
        await ICF.Events.send('users:chats', { userId: ICF.Connection.me()!.id });
        looks.push(ICF.Parley.stats()!.references);
      }
      return Math.min(...looks);
    });
  await talk(10);
  const before = await least();
  await talk(2000);
  expect(await least()).toBeLessThan(before + 256);
});
