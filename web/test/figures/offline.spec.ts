// What a page holds that stayed offline with a thousand messages waiting, and how
// long it takes to deliver them when the network is back.
import { connectionErrors, test } from '../e2e/support/fixtures.ts';
import { attended, enter, openChat } from '../e2e/support/sdk.ts';

const waiting = 1000;
const KB = (bytes: number) => `${Math.round(bytes / 1000).toLocaleString('en')} KB`;

test('a page that stayed offline with 1,000 messages waiting', async ({ sdk, wire, link, guard }) => {
  test.setTimeout(120_000);
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const page = await sdk();
  await enter(page, { appId: 'demo', server: link.url });
  await attended(page, agent, await openChat(page));
  const devtools = await page.context().newCDPSession(page);
  const held = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    const { heap, memory } = await page.evaluate(() => ICF.Parley.stats()!);
    return `page ${KB(usedSize)}, Go ${KB(heap)}, wasm ${KB(memory)}`;
  };
  console.log(`\nbefore: ${await held()}`);
  await link.refuse(true);
  link.cut();
  await page.evaluate((waiting) => {
    (window as any).sent = [];
    for (let i = 0; i < waiting; i++)
      (window as any).sent.push(window.chat.sendMessage(`message number ${i}, about as long as people write on a good day`));
  }, waiting);
  console.log(`${waiting} messages waiting: ${await held()}`);
  await link.refuse(false);
  const time = await page.evaluate(async () => {
    const begun = performance.now();
    await ICF.Parley.retry(ICF.Parley.pending()[0]!.eventId);
    await Promise.all((window as any).sent);
    return performance.now() - begun;
  });
  console.log(`delivered and answered ${Math.round(time)} ms after the network was back: ${await held()}`);
});
