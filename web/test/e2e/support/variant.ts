// The script and the core built once more, with what only a test needs in them.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from '@playwright/test';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../../..', import.meta.url));

export class Variant {
  private readonly files = new Map<string, Buffer>();

  private constructor(readonly name: string) {}

  /**
   * Builds with these flags of `go build`, and with these options of esbuild in place of the usual ones; `plain` has the
   * core use Go's packages as they are.
   */
  static async make(name: string, goFlags: string[], scriptOptions: object = {}, plain = false): Promise<Variant> {
    const [{ buildCore }, { bundleScript }] = await Promise.all([import('../../../build/core.mjs'), import('../../../build/bundle.mjs')]);
    const folder = await mkdtemp(join(tmpdir(), `parley-${name}-`));
    try {
      const made = new Variant(name);
      const wasm = await buildCore(root, folder, goFlags, plain);
      const { version } = JSON.parse(await readFile(join(root, 'web', 'package.json'), 'utf8'));
      await bundleScript(join(root, 'web', 'src'), folder, version, wasm, scriptOptions);
      for (const file of await readdir(folder)) made.files.set(file, await readFile(join(folder, file)));
      return made;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The text of the file that a page loaded from this address; undefined when it is not of this build. */
  source(url: string): string | undefined {
    return url.includes(`/sdk/${this.name}/`) ? this.files.get(url.split('/').pop()!)?.toString('utf8') : undefined;
  }

  /** Serves the build in the folder /sdk/<name>/ of whatever server pages ask for it. */
  async serve(context: BrowserContext): Promise<void> {
    await context.route(`**/sdk/${this.name}/*`, (route) => {
      const name = new URL(route.request().url()).pathname.split('/').pop()!;
      const headers = { 'access-control-allow-origin': '*', 'content-type': name.endsWith('.js') ? 'text/javascript' : 'application/wasm' };
      return route.fulfill({ body: this.files.get(name), headers });
    });
  }
}
