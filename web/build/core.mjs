// The core: Go, compiled to WebAssembly.

import { execFileSync } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { contentHash } from './bundle.mjs';

// Without inlining, Go's code is 8 % smaller after compression, and another 1.5 % with the
// older garbage collector, which is as good for a page's few megabytes.
const goFlags = ['-trimpath', '-ldflags=-s -w -buildid=', '-gcflags=all=-l'];
const goExperiment = 'nogreenteagc';

/** Compiles the core into a folder; gives its file name, which has the content's hash. `moreFlags` are of `go build`. */
export async function buildCore(root, out, moreFlags = []) {
  const file = path.join(out, 'parley.wasm');
  try {
    execFileSync('go', ['build', ...goFlags, ...moreFlags, '-o', file, './wasm'], {
      cwd: root,
      env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOEXPERIMENT: goExperiment },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (error) {
    throw new Error(error.code === 'ENOENT' ? 'the core needs Go, which is not in PATH' : 'the core does not compile');
  }
  const name = `parley.${contentHash(await readFile(file))}.wasm`;
  await rename(file, path.join(out, name));
  return name;
}
