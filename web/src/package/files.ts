// The files of the package: the engine is a part of it, which the page's bundler knows; the core lies
// where the bundler has put it, or on the chat server, which has the file of the same hash.

import { cache, compileFirst } from '../sdk/compile';
import { trusted } from '../sdk/trusted';
import type { CoreFiles, EngineClass } from '../shared/contract';
import { ParleyError, reason } from '../shared/errors';
import { inPage, noPage } from './no-files';

export { inPage };

// Bundlers look for exactly this form, and put in the address of their copy of the file.
const bundled = () => new URL(PARLEY_WASM_PATH, import.meta.url).href;

const wasm = { name: PARLEY_WASM.name, integrity: PARLEY_WASM.integrity };

// A bundler of a development server moves modules here, and not always what they refer to.
const moved = /\/\.vite\//;

export class PackageFiles implements CoreFiles {
  readonly trusted = trusted;
  private api: string | undefined;
  private folder: string | undefined;
  private code: Promise<WebAssembly.Module> | undefined;
  private loaded: Promise<EngineClass> | undefined;

  /** The chat server's, if the package is served by it; else only the scheme is known. */
  get address(): string {
    if (!inPage()) throw noPage();
    const core = bundled();
    return /\/sdk\/[^/]+\/parley\.\w+\.wasm$/.test(core) ? new URL('icf.sdk.js', core).href : location.protocol;
  }

  place(api: string, baseURL: string | undefined): void {
    this.api = api;
    this.folder = baseURL;
  }

  compiled(): Promise<WebAssembly.Module> {
    this.code ??= this.compile().catch((thrown) => {
      this.code = undefined;
      throw thrown;
    });
    return this.code;
  }

  cached(): Promise<unknown> {
    return cache({ ...wasm, name: '' }, this.addresses()[0]!);
  }

  engine(): Promise<EngineClass> {
    this.loaded ??= engine().catch((thrown) => {
      this.loaded = undefined;
      throw thrown;
    });
    return this.loaded;
  }

  part() {
    return import('../debug/record');
  }

  private async compile(): Promise<WebAssembly.Module> {
    if (!inPage()) throw noPage();
    return compileFirst(wasm, this.addresses());
  }

  addresses(): string[] {
    const own = this.folder ? this.folder + wasm.name : bundled();
    if (!this.api) return [own];
    const server = this.ofServer(wasm.name);
    if (server === own) return [own];
    return moved.test(own) ? [server, own] : [own, server];
  }

  // What a bundler does not know, such as the Worker's file, lies in the folder or on the server.
  beside(name: string): string {
    return this.folder ? this.folder + name : this.ofServer(name);
  }

  private ofServer(name: string): string {
    return (this.api ?? '').replace(/v1$/, `sdk/${PARLEY_VERSION}/${name}`);
  }
}

async function engine(): Promise<EngineClass> {
  if (!inPage()) throw noPage();
  let part: typeof import('./engine');
  try {
    part = await import('./engine');
  } catch (thrown) {
    throw new ParleyError('503 not-loaded', `could not load the chat core: its engine: ${reason(thrown)}`);
  }
  if (part.core === PARLEY_WASM.integrity) return part.Engine;
  throw new ParleyError('502 wrong-file', 'the engine of the chat core is of another build than the rest: a cache has kept an old file');
}
