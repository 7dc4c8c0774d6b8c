// Prints the size of every file that pages load, and fails when one is over its
// budget in size.json: bytes after brotli, as served, by name without the hash.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { integrity } from './build/bundle.mjs';

const web = dirname(fileURLToPath(import.meta.url));
const dist = join(web, 'dist');
const budgets = JSON.parse(readFileSync(join(web, 'size.json'), 'utf8'));

const files = readdirSync(dist, { recursive: true })
  .filter((name) => existsSync(join(dist, `${name}.br`)))
  .sort();
const problems = [];
const seen = new Set();
const rows = [['file', 'raw', 'gzip', 'brotli', 'budget', 'used']];

for (const file of files) {
  const name = file.replaceAll('\\', '/').replace(/\.[0-9A-Za-z]{8,}(?=\.[a-z]+$)/, '');
  const [raw, gzip, brotli] = ['', '.gz', '.br'].map((suffix) => statSync(join(dist, file + suffix)).size);
  const budget = budgets[name];
  seen.add(name);
  if (budget === undefined) problems.push(`${name} has no budget in web/size.json`);
  else if (brotli > budget) problems.push(`${name} is ${brotli - budget} bytes over its budget`);
  rows.push([name, raw, gzip, brotli, budget ?? 'none', budget ? `${((100 * brotli) / budget).toFixed(1)} %` : '']);
}
for (const name of Object.keys(budgets)) {
  if (!seen.has(name)) problems.push(`${name} has a budget but was not built`);
}

const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
for (const row of rows) {
  console.log(
    row.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column]))).join('  '),
  );
}
const { version } = JSON.parse(readFileSync(join(web, 'package.json'), 'utf8'));
console.log(`/sdk/${version}/icf.sdk.js  integrity="${integrity(readFileSync(join(dist, 'icf.sdk.js')))}"`);
for (const problem of problems) console.error(`size: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
