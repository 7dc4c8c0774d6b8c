// Reads a trace of the core from the field and writes it with the functions, files and lines that its numbers stand
// for: make symbolize <trace.txt. It builds the core of this checkout again, which must be the one in the trace.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { coreName, linkCore, shipped } from './build/core.mjs';
import { symbols } from './build/symbols.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const text = readFileSync(0, 'utf8');
const linked = await linkCore(root);
const ours = coreName(shipped(linked));
const theirs = new Set(text.match(/parley\.[0-9a-f]{16}\.wasm/g) ?? [ours]);
if (theirs.size === 1 && theirs.has(ours)) {
  console.error(`symbolize: by the core of this checkout, ${ours}`);
  process.stdout.write(symbols(linked)(text));
} else {
  console.error(
    `symbolize: the trace is of ${[...theirs].join(' and ')}, this checkout builds ${ours}. Check out the release of the trace.`,
  );
  process.exitCode = 1;
}
