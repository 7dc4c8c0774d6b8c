// The notices of npm packages: whose work is in a bundle, and what is said of it.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import esbuild from 'esbuild';
import { noticeOf, packagesOf } from '../../build/notices.mjs';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notices-'));
  await writeFile(join(folder, 'page.js'), `import { one } from '@some/used'; import 'unused'; console.log(one);`);
  await pack('@some/used', 'MIT', 'export { one } from "below";', { LICENSE: 'May be used.\r\n' });
  await pack('@some/used/node_modules/below', '(MPL-2.0 OR Apache-2.0)', 'export const one = 1;', {
    'LICENSE.txt': 'Apache',
    NOTICE: 'By us.',
  });
  await pack('unused', 'MIT', 'export const nothing = 1;', { LICENSE: 'May be used.' });
  await pack('other', 'SSPL-1.0', '', { LICENSE: 'Share all.' });
  await pack('bare', 'MIT', '', {});
});
after(() => rm(folder, { recursive: true }));

async function pack(name: string, license: string, code: string, files: Record<string, string>) {
  const at = join(folder, 'node_modules', name);
  await mkdir(at, { recursive: true });
  const manifest = { name: name.split('node_modules/').at(-1), version: '1.2.3', license, main: 'index.js', sideEffects: false };
  const all = { ...files, 'index.js': code, 'package.json': JSON.stringify(manifest) };
  for (const [file, text] of Object.entries(all)) await writeFile(join(at, file), text);
}

test('the packages of a bundle are those of which something is in it, also below others', async () => {
  const { metafile } = await esbuild.build({
    entryPoints: ['page.js'],
    absWorkingDir: folder,
    bundle: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  assert.deepEqual(packagesOf(metafile, folder), [join(folder, 'node_modules/@some/used/node_modules/below')]);
});

test('a notice has name, version, licence and all texts', async () => {
  const line = '='.repeat(80);
  assert.equal(
    await noticeOf(join(folder, 'node_modules/@some/used/node_modules/below')),
    `${line}\nbelow 1.2.3: (MPL-2.0 OR Apache-2.0)\n${line}\n\n--- LICENSE.txt ---\n\nApache\n\n--- NOTICE ---\n\nBy us.\n\n`,
  );
  assert.match(await noticeOf(join(folder, 'node_modules/@some/used')), /^--- LICENSE ---\n\nMay be used\.\n\n$/m);
});

test('a package without a licence, or with one that asks for more, fails the build', async () => {
  await assert.rejects(noticeOf(join(folder, 'node_modules/other')), /other 1\.2\.3: the licence SSPL-1\.0 is not among those allowed/);
  await assert.rejects(noticeOf(join(folder, 'node_modules/bare')), /bare 1\.2\.3: there is no licence in/);
});
