// The core: Go, compiled to WebAssembly.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { contentHash } from './bundle.mjs';
import { strip } from './strip.mjs';

// Without inlining, Go's code is 8 % smaller after compression, and another 1.5 % with the
// older garbage collector, which is as good for a page's few megabytes.
const goFlags = ['-trimpath', '-ldflags=-s -w -buildid=', '-gcflags=all=-l'];
const goExperiment = 'nogreenteagc';

// CORE=debug builds a core whose traces have names, files and lines, and which is as Go makes it.
const debug = process.env.CORE === 'debug';

/** Compiles and links the core as it is before strip.mjs. `moreFlags` are of `go build`. */
export async function linkCore(root, moreFlags = []) {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-core-'));
  try {
    const file = path.join(folder, 'parley.wasm');
    execFileSync('go', ['build', ...goFlags, ...moreFlags, '-o', file, './wasm'], {
      cwd: root,
      env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOEXPERIMENT: goExperiment },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return await readFile(file);
  } catch (error) {
    throw new Error(error.code === 'ENOENT' ? 'the core needs Go, which is not in PATH' : 'the core does not compile');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What pages load of a linked core. */
export const shipped = (linked) => (debug ? linked : strip(linked));

/** The file name of what pages load, which has its content's hash. */
export const coreName = (wasm) => `parley.${contentHash(wasm)}.wasm`;

/** Builds the core into a folder; gives its file name. `moreFlags` are of `go build`. */
export async function buildCore(root, out, moreFlags = []) {
  const wasm = shipped(await linkCore(root, moreFlags));
  const name = coreName(wasm);
  await writeFile(path.join(out, name), wasm);
  return name;
}
