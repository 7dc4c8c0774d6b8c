// Fetches the files beside the script: the engine and the core's code. A failure is an
// error that says what came instead; the next try starts over.

import type { Built, CoreCode, EngineClass, EngineScript } from '../shared/contract';
import { ParleyError, reason, unanswered } from '../shared/errors';
import { shared } from '../shared/index';

// A request on a dead network fails only by this time-out.
const loadTimeout = 60_000;

/** Loads each file once; a failed load can be tried again. */
export class Loader implements CoreCode {
  private code: Promise<WebAssembly.Module> | undefined;
  private script: Promise<EngineClass> | undefined;

  /** `address` is the script's, which the files are beside; `nonce` is for pages that allow scripts by one. */
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
    // Streaming compilation accepts no other type, and not all servers send it.
    if (/^application\/wasm\b/.test(type) && typeof WebAssembly.compileStreaming === 'function') {
      return await WebAssembly.compileStreaming(response);
    }
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (thrown) {
    throw new ParleyError(503, `${url} is not a chat core (${type}): ${reason(thrown)}`);
  }
}

async function run({ name, integrity }: Built, address: string, nonce: string): Promise<EngineClass> {
  const element = document.createElement('script') as EngineScript;
  let url = name;
  try {
    url = new URL(name, address).href;
    await new Promise((loaded, failed) => {
      setTimeout(failed, loadTimeout, 'no answer in time');
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

// Where a page requires trusted types, a script's address must come from a policy, which can be made only once.
let policy: { createScriptURL(url: string): string } | undefined;
function trusted(url: string): string {
  policy ??= (window as any).trustedTypes?.createPolicy('parley', { createScriptURL: (address: string) => address });
  return policy?.createScriptURL(url) ?? url;
}

// A wrong file, such as an error page, fails in the same way as a missing network; so
// the server is asked once more what is there, and if that fails, whether there is
// anything: such an answer may come without CORS headers, but cannot be read.
async function refusal(url: string, what: string, differs: string): Promise<ParleyError> {
  const look = (mode: RequestMode) => fetch(url, { method: 'HEAD', mode }).catch(() => undefined);
  const there = await look('cors');
  if (there?.ok) return new ParleyError(502, `${url} is not the chat core that belongs to this script: ${differs}`);
  let why = ` answered ${there?.status}`;
  if (!there)
    why = (await look('no-cors')) ? ': it is there, but without CORS headers; does a proxy remove them?' : `: ${unanswered(what)}`;
  return new ParleyError(503, `could not load the chat core: ${url}${why}`);
}
