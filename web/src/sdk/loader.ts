// The files beside the script: the engine, which is a script too, and the core's code.

import type { Built, CoreFiles, EngineClass, EngineScript } from '../shared/contract';
import { shared } from '../shared/index';
import { compile, load, loadTimeout } from './compile';

export class Loader implements CoreFiles {
  private code: Promise<WebAssembly.Module> | undefined;
  private script: Promise<EngineClass> | undefined;
  private folder: string | undefined;

  /** `address` is the script's, which the files are beside; `nonce` is for pages that allow scripts by one. */
  constructor(
    readonly address: string,
    private readonly nonce: string,
    private readonly wasm: Built,
    private readonly beside: Built,
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

  /** The engine's class. */
  engine(): Promise<EngineClass> {
    this.script ??= run(this.beside, this.folder ?? this.address, this.nonce).catch((thrown) => {
      this.script = undefined;
      throw thrown;
    });
    return this.script;
  }
}

async function run({ name, integrity }: Built, address: string, nonce: string): Promise<EngineClass> {
  return load(
    name,
    address,
    (url) =>
      new Promise<EngineClass>((loaded, failed) => {
        const element = document.createElement('script') as EngineScript;
        const ended = (thrown?: string) => {
          clearTimeout(timer);
          element.remove();
          const { Engine } = element.parley;
          if (Engine) loaded(Engine);
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

// Where a page requires trusted types, a script's address must come from a policy, which can be made only once.
let policy: { createScriptURL(url: string): string } | undefined;
function trusted(url: string): string {
  policy ??= (window as any).trustedTypes?.createPolicy('parley', { createScriptURL: (address: string) => address });
  return policy?.createScriptURL(url) ?? url;
}
