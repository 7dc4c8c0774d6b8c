// Compares by Lighthouse a page with <parley-chat> and the same page without it: what a shop loses by the chat. It prints the
// median of each category, of as many rounds as ROUNDS says (5). `make lighthouse` runs it with Lighthouse at hand.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, start } from './bench/parleyd.mjs';
import { summary } from './bench/statistics.mjs';
import { flags, requireChromium } from './chromium.mjs';

const run = promisify(execFile);
const categories = ['performance', 'accessibility', 'best-practices', 'seo'];
/** What the performance is made of, each with its unit. */
const metrics = {
  'first-contentful-paint': 'ms',
  'largest-contentful-paint': 'ms',
  'speed-index': 'ms',
  'total-blocking-time': 'ms',
  'cumulative-layout-shift': '',
};
const rounds = Number(process.env.ROUNDS ?? 5);

/** A page as a shop has it, with text and something to press; and what the chat adds to it. */
const page = (chat) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="description" content="Clay pots, watering cans and linen for the kitchen and the garden.">
<link rel="icon" href="data:,">
<title>A shop</title>
</head>
<body>
<main><h1>Goods of this month</h1>${'<p>Clay, steel, linen and ash wood for the kitchen and the garden.</p>'.repeat(40)}<p><a href="/">All goods of the shop</a></p></main>
${chat}
</body>
</html>`;

async function scores(address, folder) {
  const path = join(folder, 'report.json');
  await run(
    'lighthouse',
    [
      address,
      '--quiet',
      '--output=json',
      `--output-path=${path}`,
      `--only-categories=${categories}`,
      `--chrome-flags=--headless ${flags.join(' ')}`,
    ],
    { env: { ...process.env, CHROME_PATH: requireChromium() }, maxBuffer: 1 << 26 },
  );
  const report = JSON.parse(await readFile(path, 'utf8'));
  if (report.runtimeError) throw new Error(`Lighthouse: ${report.runtimeError.message}`);
  const failed = Object.values(report.audits).filter(({ score, scoreDisplayMode }) => score === 0 && scoreDisplayMode === 'binary');
  return {
    scores: categories.map((name) => report.categories[name].score * 100),
    metrics: Object.keys(metrics).map((name) => report.audits[name].numericValue),
    failed: failed.map(({ id }) => id),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'parley-lighthouse-'));
const parleyd = await start(await build(folder), join(folder, 'data'));
const site = createServer(({ url }, response) => {
  const chat = `<parley-chat app-id="demo"></parley-chat><script src="${parleyd.address}/sdk/1/parley-chat.js" async></script>`;
  response.setHeader('content-type', 'text/html');
  if (url === '/' || url === '/chat') response.end(page(url === '/chat' ? chat : ''));
  else response.writeHead(404).end();
});
try {
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${site.address().port}/`;
  const found = { without: [], with: [] };
  for (let round = 0; round < rounds; round++) {
    found.without.push(await scores(address, folder));
    found.with.push(await scores(`${address}chat`, folder));
  }
  console.log(`medians of ${rounds} rounds`.padEnd(24), 'without', '   with');
  const print = (name, value, unit = '') => {
    const of = (samples) => String(Math.round(summary(samples.map(value)).median * 100) / 100).padStart(7);
    console.log(name.padEnd(24), of(found.without), of(found.with), unit);
  };
  for (const [i, name] of categories.entries()) print(name, ({ scores }) => Math.round(scores[i]));
  for (const [i, [name, unit]] of Object.entries(metrics).entries()) print(name, ({ metrics }) => metrics[i], unit);
  const failed = (samples) => [...new Set(samples.flatMap((sample) => sample.failed))];
  const ours = failed(found.with).filter((id) => !failed(found.without).includes(id));
  console.log(`checks that fail only with the chat: ${ours.join(', ') || 'none'}`);
} finally {
  site.close();
  await parleyd.end();
  await rm(folder, { recursive: true, force: true });
}
