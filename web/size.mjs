// Prints the size of every file that pages load and of what each entry of the package brings into a page, and
// fails when one is over its budget in size.json: bytes after brotli, by name without the hash.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import esbuild from 'esbuild';
import { integrity } from './build/bundle.mjs';
import { brotli } from './build/compress.mjs';
import { slim } from './build/core.mjs';

const web = dirname(fileURLToPath(import.meta.url));
const dist = join(web, 'dist');
const budgets = JSON.parse(readFileSync(join(web, 'size.json'), 'utf8'));

const files = readdirSync(dist, { recursive: true })
  .filter((name) => existsSync(join(dist, `${name}.br`)) && !name.startsWith('esm') && !isText(name))
  .sort();
// The documentation's pages and the notices are as long as what they say.
function isText(name) {
  return /^docs.*\.(html|json|svg)$|^NOTICES\.txt$/.test(name);
}

const problems = [];
const seen = new Set();
const rows = [['file', 'raw', 'gzip', 'brotli', 'budget', 'used']];

for (const file of files) {
  const name = file.replaceAll('\\', '/').replace(/\.[0-9A-Za-z]{8,}(?=\.[a-z]+$)/, '');
  row(name, ...['', '.gz', '.br'].map((suffix) => statSync(join(dist, file + suffix)).size));
}
for (const [name, code] of await entries()) row(name, code.length, gzipSync(code, { level: 9 }).length, (await brotli(code)).length);

function row(name, raw, gzip, packed) {
  seen.add(name);
  if (name === 'parley.wasm' && !slim) return rows.push([name, raw, gzip, packed, 'as Go makes it', '']);
  const budget = budgets[name];
  if (budget === undefined) problems.push(`${name} has no budget in web/size.json`);
  else if (packed > budget) problems.push(`${name} is ${packed - budget} bytes over its budget`);
  rows.push([name, raw, gzip, packed, budget ?? 'none', budget ? `${((100 * packed) / budget).toFixed(1)} %` : '']);
}

// Each entry of the package, as a bundler makes it; what is loaded on demand is not in it.
async function entries() {
  const folder = join(dist, 'esm');
  const names = readdirSync(folder).filter((name) => /^[a-z-]+\.js$/.test(name));
  const bundle = async (name) => {
    const { outputFiles, metafile } = await esbuild.build({
      entryPoints: [join(folder, name)],
      bundle: true,
      minify: true,
      splitting: true,
      format: 'esm',
      packages: 'external',
      legalComments: 'none',
      outdir: 'out',
      write: false,
      metafile: true,
      logLevel: 'error',
    });
    const needed = new Set([`out/${name}`]);
    for (const file of needed) {
      for (const { path, kind, external } of metafile.outputs[file].imports) {
        if (kind === 'import-statement' && !external) needed.add(path);
      }
    }
    const code = outputFiles.filter(({ path }) => needed.has(`out/${basename(path)}`)).map(({ contents }) => contents);
    return [`esm/${name}`, Buffer.concat(code)];
  };
  return Promise.all(names.map(bundle));
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
