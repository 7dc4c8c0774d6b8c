// A browser that has the core of one build loads only what is different in the next one.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { needs } from './support/engine.ts';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { enter, openChat } from './support/sdk.ts';
import { coreFile, otherProgram } from './support/upgrade.ts';

// The encoding that a browser with this file gets. A busy server sends the whole until it has made the difference.
async function encodingFor(url: string, file: string): Promise<string | null> {
  const hash = createHash('sha256').update(readFileSync(file)).digest('base64');
  const answer = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': 'br, dcz', 'available-dictionary': `:${hash}:` } });
  return answer.headers.get('content-encoding');
}

test('after an upgrade the core costs less than a quarter', async ({ sdk, server, guard, page }) => {
  needs('dictionaries');
  test.setTimeout(180_000); // a second program is built
  guard.allow(connectionErrors);
  const answers: Promise<[string, string | undefined]>[] = [];
  page.context().on('response', (response) => {
    if (/parley\.\w+\.wasm$/.test(response.url()))
      answers.push(response.allHeaders().then((headers) => [response.url(), headers['content-encoding']]));
  });
  const before = await sdk({ page });
  await enter(before);
  expect((await answers[0])![1]).toBe('br');
  await server.stop();

  const other = await otherProgram();
  try {
    server.program = other.path;
    await server.start();
    await expect.poll(() => encodingFor(`${server.url}/sdk/1.0/${other.core}`, coreFile())).toBe('dcz');
    // At another address, as the browser has kept the old script at this one, and asks for a newer one beside.
    const after = await sdk({ page: await page.context().newPage(), script: `${server.url}/sdk/1.0/icf.sdk.js` });
    await enter(after);
    await openChat(after); // the core runs, so its hash was right
    expect(answers).toHaveLength(2);
    const [url, encoding] = (await answers[1])!;
    expect(url).not.toBe((await answers[0])![0]);
    expect(encoding).toBe('dcz');
    const bytes = await after.evaluate((url) => (performance.getEntriesByName(url)[0] as PerformanceResourceTiming).encodedBodySize, url);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(statSync(`${coreFile()}.br`).size / 4);
    await server.stop();
  } finally {
    await other.remove();
  }
});
