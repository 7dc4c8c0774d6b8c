// Writes what `make bench` or `make load` measured into its page of docs/, as a table and as charts, all from one file of
// web/runs, so that they say the same: `make bench-report`, `make load-report`.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bars } from './bars.mjs';
import { lines } from './lines.mjs';
import { curveTables, table } from './table.mjs';

const reports = {
  bench: { page: 'performance.md', sharing: 'servers, agents and browser', grows: 'What pages pay as histories, chats and users grow' },
  load: { page: 'scale.md', sharing: 'servers and load', grows: 'What the server pays as connections grow' },
};
const name = process.argv[2] ?? 'bench';
const { page, sharing, grows } = reports[name];
const docs = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const part = new RegExp(`(<!-- \`make ${name}-report\` writes this part. -->\n)[\\s\\S]*?(<!-- Its end. -->)`);

const file = fileURLToPath(new URL(`../../../runs/${name}.json`, import.meta.url));
const measured = await readFile(file, 'utf8').then(JSON.parse, () => {
  throw new Error(`web/runs/${name}.json is not there: run \`make ${name}\` first`);
});
const rows = measured.rows.filter(({ points }) => !points);
const curves = measured.rows.filter(({ points }) => points);

const text = ['', about(), ''];
await show(`${name}.svg`, rows, bars, `What \`make ${name}\` measured, as bars`, table);
await show(`${name}-curves.svg`, curves, (found) => lines(found, grows), `What \`CURVES=1 make ${name}\` measured, as lines`, curveTables);
const before = await readFile(docs + page, 'utf8');
if (!part.test(before)) throw new Error(`docs/${page} has no part for what was measured`);
await writeFile(
  docs + page,
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
  return `Measured on ${at.slice(0, 10)} of commit ${parley}${beside}, with ${cpus} cores that ${sharing} share, at a load of ${low} to ${high}; ${rounds} rounds.`;
}
