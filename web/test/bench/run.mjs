// The benchmark: Parley beside what people would use instead, in one browser, in turn: `make bench`. It prints tables,
// writes web/runs/bench.json, and judges nothing.
//
//	ROUNDS=20          how many samples of each (20)
//	ROWS=send-rate     only these rows, by the names of the files in rows/
//	BASE=main~3        also an older build of ours: a commit, or a parleyd
//	PARLEYD=program    in place of what this checkout builds
//
// A file in rows/ is a row: what is measured, of whom, and which ratios are told. In each round every contender gives one
// sample, and ratios are of samples of one round, because the machine does other things too.

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { flags, requireChromium, sandbox } from '../chromium.mjs';
import * as pages from './page.mjs';
import * as parleyd from './parleyd.mjs';
import * as peers from './peers.mjs';
import * as receivers from './receivers.mjs';
import { ratio, summary } from './statistics.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const rounds = Number(process.env.ROUNDS || 20);
const wanted = process.env.ROWS?.split(',').filter(Boolean);
const base = process.env.BASE;

const ends = [];
const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
ends.push(() => rm(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => endAll().finally(() => process.exit(1)));
try {
  const rows = await rowsOf(wanted);
  const contenders = await prepare(rows);
  const begun = { load: loadavg(), at: new Date().toISOString() };
  const results = [];
  for (const row of rows) results.push(await measure(row, contenders));
  results.forEach(print);
  const report = { ...begun, loadAfter: loadavg(), cpus: cpus().length, rounds, base, rows: results };
  const runs = join(here, '../../runs');
  await mkdir(runs, { recursive: true });
  await writeFile(join(runs, 'bench.json'), JSON.stringify(report, null, 1));
} finally {
  await endAll();
}

// Also when the run is interrupted, so that no server stays behind.
async function endAll() {
  for (const end of ends.splice(0).reverse()) await end();
}

async function rowsOf(names) {
  const found = (await readdir(join(here, 'rows'))).map((file) => file.replace('.mjs', ''));
  const unknown = names?.find((name) => !found.includes(name));
  if (unknown) throw new Error(`there is no row ${unknown}; ROWS takes some of ${found.join(', ')}`);
  return Promise.all((names ?? found).map(async (name) => (await import(`./rows/${name}.mjs`)).default));
}

// Starts what the rows need. Gives the contenders: names, and the pages that hold them; those that send, and those that
// receive.
async function prepare(rows) {
  const sends = rows.some(({ receives }) => !receives);
  const receives = rows.some(({ receives }) => receives);
  const installed = sends && (await peers.install());
  const started = sends && (await peers.start(installed, folder));
  if (started) ends.push(started.end);
  const script = sends && (await peers.clients(installed));
  const programs = [['parley', process.env.PARLEYD ?? (await parleyd.build(folder))]];
  if (base) programs.push([`parley ${base.split('/').pop()}`, await parleyd.buildBase(base, folder)]);
  const browser = await chromium.launch({ executablePath: requireChromium(), args: flags, chromiumSandbox: sandbox });
  ends.push(() => browser.close());
  const site = await pages.serve();
  ends.push(site.end);
  const contenders = [];
  for (const [name, program] of programs) {
    const server = await parleyd.start(program, join(folder, `data ${name}`));
    ends.push(server.end);
    const first = name === 'parley';
    const add = (opened, receives) =>
      contenders.push(...opened.map((one) => ({ ...one, receives, title: one.name === 'parley' ? name : one.name })));
    if (sends) add(await pages.open(browser, site.address, server.address, script, first ? started.addresses : undefined), false);
    if (receives) add(await receivers.open(browser, site.address, server.address, first), true);
  }
  return contenders;
}

async function measure(row, all) {
  const contenders = all.filter(({ receives }) => receives === Boolean(row.receives));
  const samples = Object.fromEntries(contenders.map(({ title }) => [title, []]));
  // The first round warms up, and each of the others begins with another contender.
  for (let round = 0; round <= rounds; round++) {
    const turn = round % contenders.length;
    for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)]) {
      await contender.page.bringToFront();
      const sample = await row.measure(contender);
      if (round > 0) samples[contender.title].push(sample);
    }
  }
  const older = Object.keys(samples).filter((title) => title.startsWith('parley '));
  const pairs = [...row.ratios, ...older.map((title) => ['parley', title])];
  return {
    name: row.name,
    title: row.title,
    contenders: Object.fromEntries(Object.entries(samples).map(([title, list]) => [title, summary(list)])),
    ratios: pairs.map(([of, to]) => ({ of, to, ...ratio(samples[of], samples[to]) })),
  };
}

function print({ title, contenders, ratios }) {
  const spread = ({ low, high }, digits) => `${low.toFixed(digits)} - ${high.toFixed(digits)}`;
  console.log(`\n${title}: the median of ${rounds} rounds, and the lowest and highest`);
  console.table(
    Object.fromEntries(Object.entries(contenders).map(([name, one]) => [name, { median: Math.round(one.median), spread: spread(one, 0) }])),
  );
  console.table(
    Object.fromEntries(ratios.map((one) => [`${one.of} / ${one.to}`, { ratio: +one.median.toFixed(2), spread: spread(one, 2) }])),
  );
}
