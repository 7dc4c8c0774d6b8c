// A page that has begun Parley, and whose visitor wants no chat.
import { expect, test } from './support/fixtures.ts';
import { attended, enter, openChat, said } from './support/sdk.ts';

test('half an hour without a chat, and the core is let go; the next call has it again', async ({ page, sdk, wire }) => {
  await page.clock.install();
  await sdk({ page });
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(await page.evaluate(() => ICF.Parley.stats()?.memory)).toBeGreaterThan(0);
  await page.clock.fastForward('31:00');
  expect(await page.evaluate(() => [ICF.isInit, ICF.Parley.stats()])).toEqual([true, null]);

  const agent = await wire.agent('agent1');
  await enter(page);
  await attended(page, agent, await openChat(page));
  await page.evaluate(() => window.chat.sendMessage('still there?'));
  expect(await said(page)).toEqual(['still there?']);
  await page.clock.fastForward('31:00');
  expect(await page.evaluate(() => ICF.Parley.stats()?.memory)).toBeGreaterThan(0);
});

test('its memory is freed', async ({ page, sdk }) => {
  const devtools = await page.context().newCDPSession(page);
  await page.clock.install();
  await page.addInitScript(() => {
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = async (...given: any[]) => {
      const instance = await (instantiate as any)(...given);
      Object.assign(window, { memory: new WeakRef(instance.exports.mem) });
      return instance;
    };
  });
  await sdk({ page });
  const bytes = () => page.evaluate(() => (window as any).memory.deref()?.buffer.byteLength);
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  await devtools.send('HeapProfiler.collectGarbage');
  expect(await bytes()).toBeGreaterThan(1_000_000);
  await page.clock.fastForward('31:00');
  await expect(async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    expect(await bytes()).toBeUndefined();
  }).toPass({ timeout: 10_000 });
});
