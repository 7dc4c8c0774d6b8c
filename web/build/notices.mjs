// NOTICES.txt: the licences of what is in the build and not our own. That is what esbuild put into a bundle, of which it
// writes a list, and Go with the modules that the core is made of.

import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import esbuild from 'esbuild';

// Licences (SPDX) whose terms are kept by a file like this. One that is not here asks for more: read it before it is added.
const allowed = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MPL-2.0'];

const head = (
  version,
) => `Parley ${version} is under the MIT licence. Its files contain work of others, under the licences below. The source of each
is at the address or in the npm package that its name is, in the version beside it.

`;

/** The folders of the npm packages of which something is in a bundle of this build. */
const bundled = new Set();

/** esbuild.build, for what goes into the build: it notes which packages it takes something of. */
export async function bundle(options) {
  const result = await esbuild.build({ ...options, metafile: true });
  for (const folder of packagesOf(result.metafile, options.absWorkingDir)) bundled.add(folder);
  return result;
}

/** The folders of the packages of which something is in a bundle, by esbuild's list of it. */
export function packagesOf(metafile, workingFolder = process.cwd()) {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0),
  );
  const folders = files.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]);
  return [...new Set(folders.filter(Boolean))].map((folder) => path.resolve(workingFolder, folder)).sort();
}

/** Writes NOTICES.txt into the folder `out`, of what bundle has noted and of the core. */
export async function writeNotices(root, out, version) {
  const core = execFileSync('go', ['run', './server/notices/generate', '-for', 'js/wasm', './wasm'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const packages = await Promise.all([...bundled].sort().map(noticeOf));
  await writeFile(path.join(out, 'NOTICES.txt'), head(version) + core + packages.join(''));
}

/** Name, version and licence of the package in a folder, and the texts of its files about that. */
export async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const named = String(license)
    .match(/[\w.+-]+/g)
    .filter((word) => word !== 'OR' && word !== 'AND');
  const other = named.filter((one) => !allowed.includes(one));
  if (other.length > 0) throw new Error(`${name} ${version}: the licence ${license} is not among those allowed: ${allowed.join(', ')}`);
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)s?([-._].*)?$/i.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} ${version}: there is no licence in ${folder}`);
  const texts = await Promise.all(
    files.map(
      async (file) => `--- ${file} ---\n\n${(await readFile(path.join(folder, file), 'utf8')).replaceAll('\r\n', '\n').trim()}\n\n`,
    ),
  );
  const line = '='.repeat(80);
  return `${line}\n${name} ${version}: ${license}\n${line}\n\n${texts.join('')}`;
}
