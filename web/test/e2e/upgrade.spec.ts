// The server is upgraded while pages are open: they find what they load later.
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { get } from './support/http.ts';
import { attended, enter, openChat, said } from './support/sdk.ts';
import { otherProgram } from './support/upgrade.ts';

test('a page that was opened before an upgrade begins its chat after it', async ({ sdk, server, wire, guard }) => {
  test.setTimeout(180_000); // a second program is built
  guard.allow(connectionErrors);
  const page = await sdk();
  const asked: string[] = [];
  page.on('response', (response) => /\.(wasm|js)$/.test(response.url()) && asked.push(`${response.status()} ${response.url()}`));
  const engine = /"engine\.\w+\.js"/;
  const before = engine.exec((await get(`${server.url}/sdk/1/icf.sdk.js`)).body.toString())![0];
  await server.stop();

  const other = await otherProgram();
  try {
    server.program = other.path;
    await server.start();
    expect(engine.exec((await get(`${server.url}/sdk/1/icf.sdk.js`)).body.toString())![0]).not.toBe(before);
    const agent = await wire.agent('agent1');
    await enter(page);
    await attended(page, agent, await openChat(page));
    await page.evaluate(() => window.chat.sendMessage('after the upgrade'));
    expect(await said(page)).toEqual(['after the upgrade']);
    expect(asked).toHaveLength(2);
    for (const answer of asked) expect(answer).toMatch(/^200 /);

    const fresh = await sdk({ page: await page.context().newPage() });
    await fresh.evaluate(() => ICF.Parley.preload());
    await server.stop();
  } finally {
    await other.remove();
  }
});
