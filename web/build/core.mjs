// The core: Go, compiled to WebAssembly.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { contentHash } from './bundle.mjs';
import { goEnv, overlayFlag } from './overlay.mjs';
import { strip } from './strip.mjs';

// Inlining makes Go's own packages smaller, and a message takes 0.85 of the time, most of it in the allocator. Ours it
// makes larger by 23 KB after compression; it pays in package wire alone, which has the scanner of JSON. Another 1.5 % is
// saved with the older garbage collector, which is as good for a page's few megabytes.
const goFlags = (version) => [
  '-trimpath',
  `-ldflags=-s -w -buildid= -X main.version=${version}`,
  '-gcflags=parley/...=-l',
  '-gcflags=parley/core/wire=',
];
const goExperiment = 'nogreenteagc';

/** Whether the core is made smaller. CORE=debug builds one whose traces have names, files and lines, and which is as Go makes it. */
export const slim = process.env.CORE !== 'debug' && isKnownGo();

// The tables that strip.mjs changes and the packages that overlay.mjs replaces are those of one version of Go. With another
// one the core works too, and is as Go makes it.
function isKnownGo() {
  const known = `go${readFileSync(new URL('../../.go-version', import.meta.url), 'utf8').trim()}`;
  const found = goEnv('GOVERSION');
  if (found === known) return true;
  console.error(`build: ${found} instead of ${known}: the core is not made smaller. For a release: GOTOOLCHAIN=${known} make build`);
  return false;
}

/** Compiles and links the core as it is before strip.mjs. `moreFlags` are of `go build`; `plain` leaves Go's packages as they are. */
export async function linkCore(root, moreFlags = [], plain = false) {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-core-'));
  try {
    const file = path.join(folder, 'parley.wasm');
    const { version } = JSON.parse(await readFile(path.join(root, 'web', 'package.json'), 'utf8'));
    const flags = [...goFlags(version), ...(slim && !plain ? [await overlayFlag(root, folder)] : []), ...moreFlags];
    execFileSync('go', ['build', ...flags, '-o', file, './wasm'], {
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
export const shipped = (linked) => (slim ? strip(linked) : linked);

/** The file name of what pages load, which has its content's hash. */
export const coreName = (wasm) => `parley.${contentHash(wasm)}.wasm`;

/** Builds the core into a folder; gives its file name. The rest is of linkCore. */
export async function buildCore(root, out, ...how) {
  const wasm = shipped(await linkCore(root, ...how));
  const name = coreName(wasm);
  await writeFile(path.join(out, name), wasm);
  return name;
}
