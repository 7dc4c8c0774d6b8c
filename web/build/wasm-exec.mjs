// Makes Go's wasm_exec.js a module: a function that runs it on a given global object. The
// file comes with the Go that compiles the core, and fits no other.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

// What is left out, each from one line to another one: a file system and a process that can only write, and checks for
// features that every browser with WebAssembly has (src/engine/go.ts does the writing); and what tests of Go call.
const pieces = [
  ['\tconst enosys = ', '\tconst encoder = '],
  ['\t\t\tconst testCallExport = ', '\t\t\tconst timeOrigin = '],
  ['\t\t\t\t_gotest: {', '\t\t\t\tgojs: {'],
];

// A function that the core may import.
const importable = /^\t{5}"([^"]+)": \(\w+\) => \{\n[\s\S]*?^\t{5}\},\n/gm;

/** esbuild plugin for `import wasmExec from 'wasm-exec'`, with the functions that this core imports; without one, with all. */
export const wasmExec = (core) => ({
  name: 'wasm-exec',
  setup(build) {
    build.onResolve({ filter: /^wasm-exec$/ }, () => ({ path: 'wasm-exec', namespace: 'go' }));
    build.onLoad({ filter: /.*/, namespace: 'go' }, async () => {
      const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
      const file = path.join(root, 'lib', 'wasm', 'wasm_exec.js');
      let source = await readFile(file, 'utf8');
      for (const [from, to] of pieces) {
        const start = source.indexOf(from);
        const end = source.indexOf(to);
        if (start < 0 || end < start) throw new Error(`${file} is not as known: '${from.trim()}' to '${to.trim()}' is missing`);
        source = source.slice(0, start) + source.slice(end);
      }
      if (core) {
        const imported = new Set(WebAssembly.Module.imports(new WebAssembly.Module(await readFile(core))).map(({ name }) => name));
        source = source.replace(importable, (all, name) => (imported.has(name) ? all : ''));
      }
      return { contents: `export default function (globalThis, fs) {${source}}` };
    });
  },
});
