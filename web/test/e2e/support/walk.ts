// Which of our source files run between two moments: in the server and in the core of
// each page by Go's coverage counters, in the pages' script by Chromium's.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserContext, CDPSession, Page } from '@playwright/test';
import { Server } from './server.ts';
import { Variant } from './variant.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const go = (...args: string[]) => promisify(execFile)('go', args, { cwd: root });
const counted = ['-tags=parleywalk', '-cover', '-covermode=atomic', '-coverpkg=parley/...'];

/** A server and pages whose source files are counted. */
export class Walk {
  private readonly pages: { page: Page; profiler: CDPSession }[] = [];
  private rounds = 0;

  private constructor(
    readonly server: Server,
    private readonly variant: Variant,
    private readonly folder: string,
  ) {}

  /** Builds both, and starts the server. */
  static async prepare(): Promise<Walk> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-walk-'));
    const server = new Server();
    server.program = join(folder, 'parleyd');
    server.environment = { GOCOVERDIR: folder };
    // Not minified, a bundle has a comment with the name of each file above its code.
    const [script] = await Promise.all([
      Variant.make('walk', counted, { minify: false }, true),
      go('build', ...counted, '-o', server.program, './server/parleyd'),
    ]);
    await server.start();
    return new Walk(server, script, folder);
  }

  async dispose(): Promise<void> {
    await this.server.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }

  get script(): string {
    return `${this.server.url}/sdk/walk/icf.sdk.js`;
  }

  /** Makes ready a context whose pages will load `script`. */
  async ready(context: BrowserContext): Promise<void> {
    await this.variant.serve(context);
    await context.addInitScript(() => {
      const { instantiate } = WebAssembly;
      Object.assign(WebAssembly, {
        instantiate: async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
          const instance = await instantiate(module, imports);
          return Object.assign(window, { walked: instance.exports }).walked && instance;
        },
      });
    });
  }

  /** Counts a page too, which has its core by now. */
  async watch(page: Page): Promise<void> {
    const profiler = await page.context().newCDPSession(page);
    await profiler.send('Profiler.enable');
    await profiler.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    this.pages.push({ page, profiler });
  }

  /** Our source files of which code ran while `act` did, by their paths from the root. */
  async during(act: () => Promise<unknown>): Promise<Set<string>> {
    await this.serverCounts('DELETE');
    for (const { page, profiler } of this.pages) {
      await coreCounts(page, 0);
      await profiler.send('Profiler.takePreciseCoverage');
    }
    await act();
    const round = join(this.folder, `round${this.rounds++}`);
    await mkdir(round);
    await this.serverCounts('GET');
    const files = new Set<string>();
    for (const [n, { page, profiler }] of this.pages.entries()) {
      const { result } = await profiler.send('Profiler.takePreciseCoverage');
      for (const script of result) for (const file of this.scriptFiles(script)) files.add(file);
      await writeFile(join(round, `covcounters.core.${n}.1`), await coreCounts(page, 1));
      await writeFile(join(round, 'covmeta.core'), await coreCounts(page, 2));
    }
    for (const file of await readdir(this.folder)) {
      if (file.startsWith('covcounters.')) await rename(join(this.folder, file), join(round, file));
      if (file.startsWith('covmeta.')) await copyFile(join(this.folder, file), join(round, file));
    }
    const profile = join(round, 'profile.txt');
    await go('tool', 'covdata', 'textfmt', `-i=${round}`, `-o=${profile}`);
    // parley/core/push.go:43.50,45.2 1 7, where the last number counts how often it ran.
    for (const [, file] of (await readFile(profile, 'utf8')).matchAll(/^parley\/(\S+):\S+ \d+ [1-9]\d*$/gm)) files.add(file!);
    for (const tool of ['wasm/walk.go', 'server/parleyd/walk.go']) files.delete(tool);
    return files;
  }

  private serverCounts(method: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: join(this.folder, 'walk.sock'), method, path: '/' }, (answer) => {
        answer.resume();
        answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`the server's counters: ${answer.statusCode}`))));
      });
      asked.on('error', reject).end();
    });
  }

  private scriptFiles({ url, functions }: { url: string; functions: { ranges: { startOffset: number; count: number }[] }[] }): string[] {
    const source = this.variant.source(url);
    if (source === undefined) return [];
    const begins = [...source.matchAll(/^ *\/\/ (src\/\S+\.ts|\S+:\S+)$/gm)].map(({ index, 1: name }) => ({ index: index!, name: name! }));
    const ran = functions.flatMap(({ ranges }) => ranges.filter(({ count }) => count > 0).map(({ startOffset }) => startOffset));
    return ran
      .map((offset) => begins.findLast(({ index }) => index <= offset)?.name)
      .filter((name) => name?.startsWith('src/'))
      .map((name) => `web/${name}`);
  }
}

// Clears (0) or gives (1) the counters of a page's core, or the table that they belong to (2): wasm/walk.go.
async function coreCounts(page: Page, what: number): Promise<Buffer> {
  const text = await page.evaluate(async (what) => {
    const { parley_walk, mem } = (window as any).walked;
    const place: bigint = BigInt.asUintN(64, parley_walk(what));
    const bytes = new Uint8Array(mem.buffer, Number(place >> 32n), Number(place & 0xffff_ffffn));
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }, what);
  return Buffer.from(text, 'base64');
}
