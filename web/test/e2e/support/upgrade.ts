// A parleyd with another build of everything that pages load later than themselves.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const dist = join(root, 'web', 'dist');

// One package of the core is compiled in another way, so that code moves as it does from one version to the next.
const otherCode = ['-gcflags=parley/core/chat='];

const coreName = /^parley\.\w+\.wasm$/;

/** The core that parleyd has. */
export const coreFile = () => join(dist, readdirSync(dist).find((name) => coreName.test(name))!);

/** Another program; `remove` it when it is not needed any more. */
export interface OtherProgram {
  path: string;
  /** The name of its core's file. */
  core: string;
  remove(): Promise<void>;
}

/** Builds parleyd with another core and engine in place of those in web/dist. */
export async function otherProgram(): Promise<OtherProgram> {
  const { bundleScript } = await import('../../../build/bundle.mjs');
  const { buildCore } = await import('../../../build/core.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'parley-other-'));
  const replace: Record<string, string> = {};
  for (const name of await readdir(dist)) {
    if (/^(engine|worker|parley)\.|^icf\.sdk\.js\./.test(name)) replace[join(dist, name)] = '';
  }
  const { version } = JSON.parse(await readFile(join(root, 'web', 'package.json'), 'utf8'));
  await bundleScript(join(root, 'web', 'src'), folder, version, await buildCore(root, folder, otherCode), { minify: false });
  const files = await readdir(folder);
  for (const name of files) replace[join(dist, name)] = join(folder, name);
  const overlay = join(folder, 'overlay.json');
  await writeFile(overlay, JSON.stringify({ Replace: replace }));
  const path = join(folder, 'parleyd');
  await promisify(execFile)('go', ['build', '-overlay', overlay, '-o', path, './server/parleyd'], { cwd: root });
  return { path, core: files.find((name) => coreName.test(name))!, remove: () => rm(folder, { recursive: true, force: true }) };
}
