// The benchmark: Parley beside what people would use instead, in one browser, in turn: `make bench`. It prints tables,
// writes web/runs/bench.json, and judges nothing.
//
//	ROUNDS=20          how many samples of each (20; of curves 5)
//	ROWS=send-rate     only these rows, by the names of the files in rows/ and curves/
//	CURVES=1           the curves in place of the rows
//	BASE=main~3        also an older build of ours: a commit, or a parleyd
//	PARLEYD=program    in place of what this checkout builds
//
// A file in rows/ is a row: what is measured, of whom, and which ratios are told. In each round every contender gives one
// sample, and ratios are of samples of one round, because the machine does other things too. A file in curves/ is a row
// that is measured at several points.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { flags, requireChromium, sandbox } from '../chromium.mjs';
import * as building from './builds.mjs';
import { measure, measureCurve } from './measure.mjs';
import { commit } from './parleyd.mjs';
import * as peers from './peers.mjs';
import { print } from './print.mjs';
import { keep } from './results.mjs';
import * as sites from './site.mjs';

const { ROUNDS, ROWS, CURVES, BASE: base, PARLEYD } = process.env;
const here = fileURLToPath(new URL('.', import.meta.url));

// Lets pages measure their memory at once, not some time within minutes.
const promptly = '--enable-blink-features=ForceEagerMeasureMemory';

const ends = [];
const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => endAll().finally(() => process.exit(1)));
try {
  const rows = await rowsOf(ROWS?.split(',').filter(Boolean) ?? []);
  const bench = await prepare();
  const of = { parley: PARLEYD ? basename(PARLEYD) : await commit(), base: base && basename(base) };
  for (const row of rows) {
    try {
      const result = await measured(row, bench);
      print(result);
      await keep(result, of);
    } catch (error) {
      // The others count without it.
      console.error(`\n${row.name} could not be measured:`, error);
      process.exitCode = 1;
    }
  }
} finally {
  await endAll();
}

async function measured(row, bench) {
  const rounds = Number(ROUNDS || (row.points ? 5 : 20));
  const load = loadavg()[0];
  const begun = Date.now();
  const found = await (row.points ? measureCurve : measure)(row, bench, rounds);
  const seconds = Math.round((Date.now() - begun) / 1000);
  return { ...found, at: new Date().toISOString(), seconds, rounds, load: [load, loadavg()[0]], cpus: cpus().length };
}

// Also when the run is interrupted, so that no server stays behind.
async function endAll() {
  for (const end of ends.splice(0).reverse()) await end();
}

// The rows of these names; without any, all rows, or all curves.
async function rowsOf(names) {
  const files = async (kind) => (await readdir(join(here, kind))).map((file) => [file.replace('.mjs', ''), `./${kind}/${file}`]).sort();
  const [all, curves] = [await files('rows'), await files('curves')];
  const found = new Map([...all, ...curves]);
  const unknown = names.find((name) => !found.has(name));
  if (unknown) throw new Error(`there is no row ${unknown}; ROWS takes some of ${[...found.keys()].join(', ')}`);
  const wanted = names.length ? names : (CURVES ? curves : all).map(([name]) => name);
  return Promise.all(wanted.map(async (name) => ({ name, ...(await import(found.get(name))).default })));
}

// Starts what all rows need. The peers are installed and started when the first row asks for them.
async function prepare() {
  const { builds, end } = await building.start(folder, PARLEYD, base);
  ends.push(end);
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...flags, promptly], chromiumSandbox: sandbox });
  ends.push(() => browser.close());
  const site = await sites.serve();
  ends.push(site.end);
  let started;
  const startPeers = async () => {
    const installed = await peers.install();
    const { addresses, end } = await peers.start(installed, folder);
    ends.push(end);
    return { addresses, script: await peers.clients(installed) };
  };
  return { browser, address: site.address, builds, peers: () => (started ??= startPeers()), opened: new Map() };
}
