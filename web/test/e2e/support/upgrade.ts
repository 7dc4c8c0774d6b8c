// A parleyd with another build of everything that pages load later than themselves.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const dist = join(root, 'web', 'dist');

// A custom section with no content (WebAssembly core specification, section 5.5.3): the same core with another hash.
const nothing = Buffer.from([0, 2, 1, 0x78]);

/** Another program; `remove` it when it is not needed any more. */
export interface OtherProgram {
  path: string;
  remove(): Promise<void>;
}

/** Builds parleyd with a core and an engine of other hashes, in place of those in web/dist. */
export async function otherProgram(): Promise<OtherProgram> {
  const { bundleScript, contentHash } = await import('../../../build/bundle.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'parley-other-'));
  const replace: Record<string, string> = {};
  for (const name of await readdir(dist)) {
    if (/^(engine|parley)\.|^icf\.sdk\.js\./.test(name)) replace[join(dist, name)] = '';
    if (/\.wasm$/.test(name)) {
      const core = Buffer.concat([await readFile(join(dist, name)), nothing]);
      const wasm = `parley.${contentHash(core)}.wasm`;
      await writeFile(join(folder, wasm), core);
      const { version } = JSON.parse(await readFile(join(root, 'web', 'package.json'), 'utf8'));
      await bundleScript(join(root, 'web', 'src'), folder, version, wasm, { minify: false });
    }
  }
  for (const name of await readdir(folder)) replace[join(dist, name)] = join(folder, name);
  const overlay = join(folder, 'overlay.json');
  await writeFile(overlay, JSON.stringify({ Replace: replace }));
  const path = join(folder, 'parleyd');
  await promisify(execFile)('go', ['build', '-overlay', overlay, '-o', path, './server/parleyd'], { cwd: root });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
