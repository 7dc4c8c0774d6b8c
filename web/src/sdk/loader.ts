// The files beside the script: the engine, which is a script too, and the core's code.

import type { Built, CoreFiles, EngineClass, PartScript, Parts } from '../shared/contract';
import { shared } from '../shared/index';
import { cache, compile, load, loadTimeout } from './compile';
import { trusted } from './trusted';

export class Loader implements CoreFiles {
  private code: Promise<WebAssembly.Module> | undefined;
  private script: Promise<Parts> | undefined;
  private folder: string | undefined;
  readonly trusted = trusted;

  /** `address` is the script's, which the files are beside; `nonce` is for pages that allow scripts by one. */
  constructor(
    readonly address: string,
    private readonly nonce: string,
    private readonly wasm: Built,
    private readonly engineFile: Built,
  ) {}

  place(_api: string, baseURL: string | undefined): void {
    this.folder = baseURL;
  }

  /** The compiled core: fetched on the first call, kept for a restart. */
  compiled(): Promise<WebAssembly.Module> {
    this.code ??= compile(this.wasm, this.folder ?? this.address).catch((thrown) => {
      this.code = undefined;
      throw thrown;
    });
    return this.code;
  }

  cached(): Promise<unknown> {
    return cache(this.wasm, this.folder ?? this.address);
  }

  /** The engine's class. */
  async engine(): Promise<EngineClass> {
    this.script ??= this.part(this.engineFile, 'Engine').catch((thrown) => {
      this.script = undefined;
      throw thrown;
    });
    return (await this.script).Engine;
  }

  addresses(): string[] {
    return [this.beside(this.wasm.name)];
  }

  beside(name: string): string {
    return new URL(name, this.folder ?? this.address).href;
  }

  part(file: Built, name: keyof Parts): Promise<Parts> {
    return run(file, this.folder ?? this.address, this.nonce, name);
  }
}

async function run({ name, integrity }: Built, address: string, nonce: string, part: keyof Parts): Promise<Parts> {
  return load(
    name,
    address,
    (url) =>
      new Promise<Parts>((loaded, failed) => {
        const element = document.createElement('script') as PartScript;
        const ended = (thrown?: string) => {
          clearTimeout(timer);
          element.remove();
          if (element.parley[part]) loaded(element.parley as Parts);
          else failed(thrown);
        };
        const timer = setTimeout(ended, loadTimeout, 'no answer in time');
        Object.assign(element, {
          parley: { ...shared },
          integrity,
          nonce,
          crossOrigin: 'anonymous',
          src: trusted(url),
          onload: () => ended('it did not run'),
          onerror: () => ended('it could not be loaded'),
        });
        document.head.append(element);
      }),
  );
}
