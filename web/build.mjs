// Builds everything that pages load into web/dist: the core, the script, the
// element, the modules of the package, the agent console, the survey, the demo and the documentation, each also compressed.

import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, bundlePage, bundleScript } from './build/bundle.mjs';
import { compress, prune } from './build/compress.mjs';
import { buildCore } from './build/core.mjs';
import { bundleElement } from './build/element.mjs';
import { writeNotices } from './build/notices.mjs';
import { bundlePackage } from './build/package.mjs';
import { bundleTexts } from './build/texts.mjs';
import { buildDocs } from './docs/build.mjs';

const web = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(web);
const dist = path.join(web, 'dist');
const cache = path.join(web, 'node_modules', '.cache', 'parley');
const packed = path.join(cache, 'packed');

await mkdir(packed, { recursive: true });
const temporary = await mkdtemp(path.join(cache, 'build-'));
try {
  await build(path.join(temporary, 'dist'));
} catch (error) {
  console.error(`build: ${(error.originalError ?? error).message}`); // Eleventy says first where, not why
  process.exitCode = 1;
} finally {
  await rm(temporary, { recursive: true, force: true });
}

// Builds into a temporary folder, so that a failed build leaves the last one in place.
async function build(out) {
  await mkdir(out);
  const { version } = JSON.parse(await readFile(path.join(web, 'package.json'), 'utf8'));
  const wasm = await buildCore(root, out);
  const worker = await bundleScript(path.join(web, 'src'), out, version, wasm);
  await bundleElement(path.join(web, 'src'), out, version);
  await bundlePackage(path.join(web, 'src'), out, version, wasm, worker);
  for (const [name, entry, parts] of [
    ['console', 'index.ts', true],
    ['survey', 'survey.ts', false],
  ]) {
    const texts = await bundleTexts(path.join(web, 'src', name, 'texts'), path.join(out, name));
    await bundlePage(name, path.join(web, 'src', name), entry, path.join(out, name), { PARLEY_TEXTS: texts }, parts);
  }
  await bundlePage('demo', path.join(web, 'demo'), undefined, path.join(out, 'demo'));
  await buildDocs(path.join(out, 'docs'));
  await writeNotices(root, out, version);
  const docs = { raw: 0, br: 0, gz: 0 };
  for (const file of await files(out)) {
    const { raw, br, gz } = await compress(file, packed);
    const name = path.relative(out, file);
    if (!name.startsWith(`docs${path.sep}`)) console.log(`${name.padEnd(40)} ${cells(raw, br, gz)}`);
    else for (const [kind, size] of Object.entries({ raw, br, gz })) docs[kind] += size;
  }
  console.log(`${'docs, all together'.padEnd(40)} ${cells(docs.raw, docs.br, docs.gz)}`);
  console.log(`/sdk/${version}/icf.sdk.js  integrity="${(await built(out, 'icf.sdk.js')).integrity}"`);
  await prune(packed);
  await replace(out);
}

function cells(raw, br, gz) {
  return `${String(raw).padStart(9)}   br ${String(br).padStart(7)}   gz ${String(gz).padStart(7)}`;
}

async function files(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

// Replaces the old build by the new one; the placeholder stays.
async function replace(out) {
  await mkdir(dist, { recursive: true });
  for (const name of await readdir(dist)) {
    if (name !== '.gitkeep') await rm(path.join(dist, name), { recursive: true });
  }
  for (const name of await readdir(out)) await rename(path.join(out, name), path.join(dist, name));
}
