// Prints what the core consists of: the code of each package, raw and as what the core would be shorter by without it after
// Brotli, and the data. `make size-report` runs it; docs/performance.md has what came out.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { linkCore, shipped } from './build/core.mjs';
import { GoTables } from './build/go-tables.mjs';
import { firstFunction } from './build/symbols.mjs';
import { functionBodies, memoryOf } from './build/wasm-file.mjs';

const shown = 25;
const linked = await linkCore(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const core = shipped(linked); // its functions are in the same order

// The best quality takes seconds for each package, and gives the same order.
const compressed = async (bytes) => {
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 9, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return (await promisify(zlib.brotliCompress)(bytes, { params })).length;
};

// Of parley/core.(*machine).send and of slices.Index[go.shape.string]: what is before the first dot after the last slash.
const packageOf = (name) => name.replace(/\[.*/, '').match(/^(?:.*\/)?[^.]*/)[0];

const bodies = functionBodies(core);
const packages = new Map();
for (const { name, entry } of new GoTables(memoryOf(linked)).functions) {
  const body = bodies[(entry >>> 16) - firstFunction];
  const of = packageOf(name);
  if (body) packages.set(of, [...(packages.get(of) ?? []), body]);
}

const whole = await compressed(core);
const size = (parts) => parts.reduce((sum, { start, end }) => sum + end - start, 0);
const row = (name, functions, raw, saved) => console.log(`| ${name} | ${functions} | ${raw} | ${saved} |`);
console.log('| package | functions | bytes | after Brotli |\n|---|---|---|---|');
for (const [name, parts] of [...packages].sort((a, b) => size(b[1]) - size(a[1])).slice(0, shown)) {
  const without = Buffer.from(core);
  for (const { start, end } of parts) without.fill(0, start, end);
  row(name, parts.length, size(parts), whole - (await compressed(without)));
}
const code = size(bodies);
row('all code', bodies.length, code, '');
row('data, and the rest', '', core.length - code, '');
row('all', '', core.length, whole);
