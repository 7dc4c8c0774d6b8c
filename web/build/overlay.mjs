// Replaces packages of Go in the core that pages load by small ones of ours, of which each says why: go build -overlay.

import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

// Named as in Go's own folder. Go passes over a folder that begins with _.
const packages = ['fmt', 'internal/godebug'];

/** A value of `go env`. */
export const goEnv = (name) => execFileSync('go', ['env', name], { encoding: 'utf8' }).trim();

/** The flag of `go build` in the repository `root`, for which it writes a file into the folder `out`. */
export async function overlayFlag(root, out) {
  const folder = path.join(root, 'web', 'build', '_std');
  const source = path.join(goEnv('GOROOT'), 'src');
  const replace = {};
  for (const name of packages) {
    // A file that is replaced by none is not there.
    for (const file of await readdir(path.join(source, name))) {
      if (/\.(go|s)$/.test(file)) replace[path.join(source, name, file)] = '';
    }
    for (const file of await readdir(path.join(folder, name))) replace[path.join(source, name, file)] = path.join(folder, name, file);
  }
  const file = path.join(out, 'overlay.json');
  await writeFile(file, JSON.stringify({ Replace: replace }));
  return `-overlay=${file}`;
}
