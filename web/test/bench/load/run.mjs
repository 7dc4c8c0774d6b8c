// The load: `parleyd bench`, and the same load on centrifuge and on socket.io with SQLite, each server in a process of its
// own on empty data, in turn: `make load`. It prints tables, writes web/runs/load.json, and judges nothing.
//
//	ROUNDS=5           how many samples of each (3)
//	ROWS=messages      only these rows, by the names in rows.mjs and curves.mjs
//	CURVES=1           the curves in place of the rows
//	BASE=main~3        also an older build of ours, which its own load is made on: a commit, or a parleyd
//	IDLE=19500         connections of the rows about idle ones (10,000)
//
// In each round every contender gives one sample, and ratios are of samples of one round, because the machine does other
// things too. Rows of one load share its samples.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, buildBase, commit } from '../parleyd.mjs';
import * as peers from '../peers.mjs';
import { print } from '../print.mjs';
import { keep } from '../results.mjs';
import { ratio, summary } from '../statistics.mjs';
import { curves } from './curves.mjs';
import { loads } from './rows.mjs';

const { ROUNDS, ROWS, CURVES, BASE: base } = process.env;
const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const file = fileURLToPath(new URL('../../../runs/load.json', import.meta.url));
const rounds = Number(ROUNDS || (CURVES ? 1 : 3));
const named = ROWS?.split(',').filter(Boolean) ?? [];

const folder = await mkdtemp(join(tmpdir(), 'parley-load-'));
try {
  const contenders = await prepare();
  const of = { parley: await commit(), base: base && basename(base) };
  const chosen = ({ name }) => !named.length || named.includes(name);
  for await (const row of (CURVES ? curved : measured)(contenders, chosen)) {
    print(row);
    await keep(row, of, file);
  }
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

// What gives samples, by name: a function that makes a load and gives the figures.
async function prepare() {
  const program = await build(folder);
  const driver = join(folder, 'peers');
  await run('go', ['build', '-o', driver, './server/load/peers'], { cwd: root });
  const installed = await peers.install();
  const figures = async (file, args) => JSON.parse((await run(file, args, { maxBuffer: 1 << 24 })).stdout);
  const made = { parley: (args) => figures(program, ['bench', '-json', ...args]) };
  for (const [title, system, name] of [
    ['centrifuge', 'centrifuge', 'centrifuge'],
    ['socket.io + SQLite', 'socket.io', 'socketIO'],
  ])
    made[title] = async (args) => {
      const data = await mkdtemp(join(folder, 'data-'));
      const { addresses, pids, end } = await peers.start(installed, data);
      try {
        return await figures(driver, ['-system', system, '-url', addresses[name].replace('http', 'ws'), '-pid', pids[name], ...args]);
      } finally {
        end();
      }
    };
  if (base) {
    const older = await buildBase(base);
    made[`parley ${basename(base)}`] = (args) => figures(program, ['bench', '-json', '-program', older, ...args]);
  }
  return made;
}

// One sample of every contender in each round; each round begins with another.
async function sampled(contenders, args) {
  const samples = Object.fromEntries(Object.keys(contenders).map((title) => [title, []]));
  const all = Object.entries(contenders);
  for (let round = 0; round < rounds; round++) {
    const turn = round % all.length;
    for (const [title, sample] of [...all.slice(turn), ...all.slice(0, turn)]) {
      const found = await sample(args);
      if (found.failures) throw new Error(`${title} ${args.join(' ')}: ${found.failures.join('; ')}`);
      samples[title].push(found);
      console.error(`${title} ${args.join(' ')}: round ${round + 1} of ${rounds}`);
    }
  }
  return samples;
}

function summaries(samples, figure) {
  return Object.fromEntries(Object.entries(samples).map(([title, list]) => [title, summary(list.map(figure))]));
}

async function timed(work) {
  const [load, begun] = [loadavg()[0], Date.now()];
  const found = await work();
  const seconds = Math.round((Date.now() - begun) / 1000);
  return { found, about: { at: new Date().toISOString(), seconds, rounds, load: [load, loadavg()[0]], cpus: cpus().length } };
}

async function* measured(contenders, chosen) {
  for (const { args, rows: these } of loads) {
    const some = these.filter(chosen);
    if (!some.length) continue;
    const { found, about } = await timed(() => sampled(contenders, args));
    for (const { figure, ...row } of some) {
      const of = summaries(found, figure);
      const ratios = Object.keys(of)
        .filter((to) => to !== 'parley')
        .map((to) => ({ of: 'parley', to, ...ratio(of.parley.samples, of[to].samples) }));
      yield { ...row, command: `parleyd bench ${args.join(' ')}`, ...about, contenders: of, ratios };
    }
  }
}

// Curves are of the same samples at each point.
async function* curved(contenders, chosen) {
  for (const { axis, of, points, args, rows } of curves) {
    const wanted = rows.filter(chosen);
    if (!wanted.length) continue;
    const { found, about } = await timed(async () => {
      const list = [];
      const some = Object.fromEntries(Object.entries(contenders).filter(([title]) => !of || of.includes(title)));
      for (const at of points) list.push({ at, samples: await sampled(some, args(at)) });
      return list;
    });
    for (const { figure, ...row } of wanted) {
      const told = found.map(({ at, samples }) => ({ at, contenders: summaries(samples, figure) }));
      yield { ...row, axis, command: `parleyd bench ${args('N').join(' ')}`, ...about, points: told };
    }
  }
}
