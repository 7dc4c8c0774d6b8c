// Fetches what stands beside the script: the engine, which is more script, and
// the core's code. A failure is an error that says what came instead, and the
// next try begins afresh.

import type { Built, CoreCode, EngineClass, EngineScript } from '../shared/contract';
import { ParleyError, reason } from '../shared/errors';
import { shared } from '../shared/index';

// A network that has gone silent tells nobody.
const loadTimeout = 60_000;

/** Loads each file once; a failed load can be tried again. */
export class Loader implements CoreCode {
  private code: Promise<WebAssembly.Module> | undefined;
  private script: Promise<EngineClass> | undefined;

  /** The files are beside the script at this address; pages may allow scripts by a `nonce`. */
  constructor(
    private readonly address: string,
    private readonly nonce: string,
    private readonly wasm: Built,
    private readonly beside: Built,
  ) {}

  /** The compiled core: fetched on the first call, kept for a restart. */
  compiled(): Promise<WebAssembly.Module> {
    this.code ??= compile(this.wasm, this.address).catch((thrown) => {
      this.code = undefined;
      throw thrown;
    });
    return this.code;
  }

  /** The engine's class. */
  engine(): Promise<EngineClass> {
    this.script ??= run(this.beside, this.address, this.nonce).catch((thrown) => {
      this.script = undefined;
      throw thrown;
    });
    return this.script;
  }
}

async function compile({ name, integrity }: Built, address: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new ParleyError(500, 'this browser has no WebAssembly');
  let url = name;
  let response: Response;
  try {
    url = new URL(name, address).href;
    response = await fetch(url, { integrity, signal: AbortSignal.timeout?.(loadTimeout) });
  } catch (thrown) {
    throw await refusal(url, reason(thrown), 'its hash differs');
  }
  const type = response.headers.get('content-type') ?? 'no content type';
  try {
    // Streaming refuses any other type; some servers do not know this one.
    if (/^application\/wasm\b/.test(type) && typeof WebAssembly.compileStreaming === 'function') {
      return await WebAssembly.compileStreaming(response);
    }
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (thrown) {
    throw new ParleyError(503, `${url} is no chat core (${type}): ${reason(thrown)}`);
  }
}

async function run({ name, integrity }: Built, address: string, nonce: string): Promise<EngineClass> {
  const element = document.createElement('script') as EngineScript;
  let url = name;
  try {
    url = new URL(name, address).href;
    await new Promise((loaded, failed) => {
      setTimeout(failed, loadTimeout, 'it did not come in time');
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
    throw await refusal(url, what, "its hash differs, or the page's content security policy does not allow it");
  } finally {
    element.remove();
  }
  const made = element.parley.Engine;
  if (!made) throw new ParleyError(503, `${url} did not run`);
  return made;
}

// Pages that demand trusted types take a script's address from a policy only, which can be made once.
let policy: { createScriptURL(url: string): string } | undefined;
function trusted(url: string): string {
  policy ??= (window as any).trustedTypes?.createPolicy('parley', { createScriptURL: (address: string) => address });
  return policy?.createScriptURL(url) ?? url;
}

// What is not ours, an error page too, fails as a missing network does; so
// the server is asked once more what it has there.
async function refusal(url: string, what: string, differs: string): Promise<ParleyError> {
  const there = await fetch(url, { method: 'HEAD' }).catch(() => undefined);
  if (there?.ok) return new ParleyError(502, `${url} is not the chat core that belongs to this script: ${differs}`);
  return new ParleyError(503, `could not load the chat core: ${url}${there ? ` answered ${there.status}` : `: ${what}`}`);
}
