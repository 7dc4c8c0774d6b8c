// Makes Go's wasm_exec.js a module: one function that runs it on the global
// object it is given. The file is that of the compiling Go, whose pair it is.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

// Between these the file makes a file system and a process of which nothing
// works but writing, and checks for what every browser with WebAssembly has.
// src/engine/go.ts has the writing.
const from = '\tconst enosys = ';
const to = '\tconst encoder = ';

/** esbuild plugin for `import wasmExec from 'wasm-exec'`. */
export const wasmExec = {
  name: 'wasm-exec',
  setup(build) {
    build.onResolve({ filter: /^wasm-exec$/ }, () => ({ path: 'wasm-exec', namespace: 'go' }));
    build.onLoad({ filter: /.*/, namespace: 'go' }, async () => {
      const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
      const file = path.join(root, 'lib', 'wasm', 'wasm_exec.js');
      const source = await readFile(file, 'utf8');
      const start = source.indexOf(from);
      const end = source.indexOf(to);
      if (start < 0 || end < start) throw new Error(`${file} is not as known: '${from.trim()}' to '${to.trim()}' is missing`);
      return { contents: `export default function (globalThis, fs) {${source.slice(0, start)}${source.slice(end)}}` };
    });
  },
};
