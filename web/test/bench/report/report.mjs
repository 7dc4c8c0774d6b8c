// Writes what `make bench` measured into docs/performance.md, as a table and as charts, all from web/runs/bench.json, so
// that they say the same: `make bench-report`.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { file } from '../results.mjs';
import { bars } from './bars.mjs';
import { lines } from './lines.mjs';
import { curveTables, table } from './table.mjs';

const docs = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const page = `${docs}performance.md`;
const part = /(<!-- `make bench-report` writes this part. -->\n)[\s\S]*?(<!-- Its end. -->)/;

const measured = await readFile(file, 'utf8').then(JSON.parse, () => {
  throw new Error('web/runs/bench.json is not there: run `make bench` first');
});
const rows = measured.rows.filter(({ points }) => !points);
const curves = measured.rows.filter(({ points }) => points);

const text = ['', about(), ''];
await show('bench.svg', rows, bars, 'What `make bench` measured, as bars', table);
await show('bench-curves.svg', curves, lines, 'What `CURVES=1 make bench` measured, as lines', curveTables);
const before = await readFile(page, 'utf8');
if (!part.test(before)) throw new Error('docs/performance.md has no part for what was measured');
await writeFile(
  page,
  before.replace(part, (_, begin, end) => begin + text.join('\n') + end),
);

async function show(name, rows, draw, alternative, tell) {
  if (!rows.length) return rm(docs + name, { force: true });
  await writeFile(docs + name, draw(rows));
  text.push(`![${alternative}; the table has the same figures](${name})`, '', tell(rows), '');
}

function about() {
  const { parley, base } = measured;
  const loads = measured.rows.flatMap(({ load }) => load).map((one) => one.toFixed(1));
  const [{ at, cpus }] = measured.rows;
  const rounds = [...new Set(measured.rows.map(({ rounds }) => rounds))].join(' or ');
  const beside = base ? `, and of ${base} beside it` : '';
  const [low, high] = [Math.min(...loads), Math.max(...loads)];
  return `Measured on ${at.slice(0, 10)} of commit ${parley}${beside}, with ${cpus} cores that servers, agents and browser share, at a load of ${low} to ${high}; ${rounds} rounds.`;
}
