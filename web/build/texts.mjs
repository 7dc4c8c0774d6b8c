// The texts of languages, a file for each, which pages load by name.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { contentHash } from './bundle.mjs';

/** Writes texts.<language>.<hash>.json for each language but English, which is in the scripts. Gives the hash, one over all of them. */
export async function bundleTexts(folder, out) {
  const names = (await readdir(folder)).filter((name) => name !== 'en.json').sort();
  const files = await Promise.all(names.map(async (name) => JSON.stringify(JSON.parse(await readFile(path.join(folder, name), 'utf8')))));
  await mkdir(out, { recursive: true });
  const hash = contentHash(files.join('\n'));
  for (const [at, name] of names.entries()) await writeFile(path.join(out, `texts.${path.parse(name).name}.${hash}.json`), files[at]);
  return hash;
}
