// Makes Go's wasm_exec.js a module: a function that runs it on a given global object. The
// file comes with the Go that compiles the core, and fits no other.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

// Between these the file defines a file system and a process that can only write, and checks
// for features that every browser with WebAssembly has. src/engine/go.ts does the writing.
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
