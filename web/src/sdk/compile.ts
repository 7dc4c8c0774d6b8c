// Fetches the core's code. A failure is an error that says what came instead.

import type { Built } from '../shared/contract';
import { ParleyError, reason, unanswered } from '../shared/errors';
import { lack, watchPolicy } from './policy';

/** In milliseconds: a request on a dead network fails only by this time-out. */
export const loadTimeout = 60_000;

/** The compiled core, from the file beside `address`. */
export async function compile(file: Built, address: string): Promise<WebAssembly.Module> {
  // Browsers without streaming compilation lack more that the core needs.
  if (!globalThis.WebAssembly?.compileStreaming)
    throw new ParleyError('500 no-webassembly', 'this browser has no WebAssembly, or an old one');
  return get(file, address, async (response) => {
    try {
      // Streaming compilation accepts no other type, and not all servers send it.
      return await (response.headers.get('content-type') === 'application/wasm'
        ? WebAssembly.compileStreaming(response)
        : WebAssembly.compile(await response.arrayBuffer()));
    } catch (thrown) {
      // Where the hash is right, so is the code.
      if (!(thrown instanceof WebAssembly.CompileError)) throw thrown;
      throw new ParleyError('500 no-webassembly', `this browser's WebAssembly lacks what the chat core needs: ${reason(thrown)}`);
    }
  });
}

/** The compiled core, from the first of these addresses that has it. If none does, the error says what each gave. */
export async function compileFirst(wasm: Built, addresses: string[]): Promise<WebAssembly.Module> {
  const failures: ParleyError[] = [];
  for (const address of addresses) {
    try {
      return await compile({ name: address, integrity: wasm.integrity }, address);
    } catch (thrown) {
      failures.push(thrown as ParleyError);
    }
  }
  const [first, second] = failures;
  if (!second || second.message === first!.message) throw first;
  throw new ParleyError(
    `${first!.code} ${first!.reason}`,
    `${first!.message}; and ${second.message}. Copy it, and name its folder by options.baseURL`,
  );
}

/** Has the browser's cache take the file beside `address`. */
export const cache = (file: Built, address: string): Promise<unknown> => get(file, address, (response) => response.arrayBuffer());

// Gives what `use` makes of the file. A browser takes the hash that it is told of in the page's thread, which for the core is a
// long task, and before it compiles anything. So it is told of none where there is `subtle`, which takes it beside.
const get = <T>({ name, integrity }: Built, address: string, use: (response: Response) => Promise<T>): Promise<T> =>
  load(name, address, async (url) => {
    const { subtle } = crypto; // only in secure contexts
    const response = await fetch(url, { integrity: subtle ? '' : integrity, signal: AbortSignal.timeout?.(loadTimeout) });
    if (!subtle) return use(response);
    const copy = response.clone();
    const made = use(response);
    made.catch(() => {}); // where the hash is wrong, so is what this says
    const hash = await subtle.digest('SHA-384', await copy.arrayBuffer());
    if (integrity !== `sha384-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`) throw Error('its hash differs');
    return made;
  });

/**
 * Loads a file beside `address`. A browser may have kept a copy that cannot be used, such as one without CORS headers, for
 * good as the file is immutable: so after a failure the network is asked, and the file is loaded once more if that has it.
 * If that fails too, the error says what came.
 */
export async function load<T>(name: string, address: string, get: (url: string) => Promise<T>): Promise<T> {
  let url = name;
  const unwatch = watchPolicy();
  try {
    url = new URL(name, address).href;
    return await get(url);
  } catch (thrown) {
    const look = (mode: RequestMode) => fetch(url, { mode, cache: 'reload' }).catch(() => undefined);
    const there = await look('cors');
    await new Promise((resolve) => setTimeout(resolve)); // the browser tells of a refusal in a task of its own
    const lacks = lack(url);
    if (lacks) throw new ParleyError('503 refused-by-policy', lacks);
    if (thrown instanceof ParleyError) throw thrown;
    if (there?.ok) {
      await there.arrayBuffer().catch(() => {}); // the browser keeps what has come whole
      return await get(url).catch(() => {
        throw new ParleyError(
          '502 wrong-file',
          `${url} is not this script's chat core (${there.headers.get('content-type')}): its hash differs`,
        );
      });
    }
    let why = ` answered ${there?.status}`;
    // An answer without CORS headers cannot be read, but tells that there is something.
    if (!there) why = (await look('no-cors')) ? ': it is there, but without CORS headers' : `: ${unanswered(reason(thrown))}`;
    throw new ParleyError('503 not-loaded', `could not load the chat core: ${url}${why}`);
  } finally {
    unwatch();
  }
}
