// The files beside the script: the engine, which is a script too, and the core's code.

import type { Built, CoreFiles, EngineClass, EngineScript } from '../shared/contract';
import { ParleyError, reason } from '../shared/errors';
import { shared } from '../shared/index';
import { compile, loadTimeout, refusal } from './compile';

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
  const element = document.createElement('script') as EngineScript;
  let url = name;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    url = new URL(name, address).href;
    await new Promise((loaded, failed) => {
      timer = setTimeout(failed, loadTimeout, 'no answer in time');
      Object.assign(element, {
        parley: { ...shared },
        integrity,
        nonce,
        crossOrigin: 'anonymous',
        src: trusted(url),
        onload: loaded,
        onerror: failed,
      });
      document.head.append(element);
    });
  } catch (thrown) {
    const what = thrown instanceof Event ? 'it could not be loaded' : reason(thrown);
    throw await refusal(url, what);
  } finally {
    clearTimeout(timer);
    element.remove();
  }
  const made = element.parley.Engine;
  if (!made) throw new ParleyError('503 not-loaded', `${url} did not run`);
  return made;
}

// Where a page requires trusted types, a script's address must come from a policy, which can be made only once.
let policy: { createScriptURL(url: string): string } | undefined;
function trusted(url: string): string {
  policy ??= (window as any).trustedTypes?.createPolicy('parley', { createScriptURL: (address: string) => address });
  return policy?.createScriptURL(url) ?? url;
}
