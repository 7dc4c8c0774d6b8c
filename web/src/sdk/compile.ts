// Fetches the core's code. A failure is an error that says what came instead.

import type { Built } from '../shared/contract';
import { ParleyError, reason, unanswered } from '../shared/errors';
import { lack, watchPolicy } from './policy';

/** In milliseconds: a request on a dead network fails only by this time-out. */
export const loadTimeout = 60_000;

/** The compiled core, from the file beside `address`. */
export async function compile({ name, integrity }: Built, address: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new ParleyError('500 no-webassembly', 'this browser has no WebAssembly');
  return load(name, address, async (url) => {
    const response = await fetch(url, { integrity, signal: AbortSignal.timeout?.(loadTimeout) });
    const type = response.headers.get('content-type') ?? '';
    try {
      // Streaming compilation accepts no other type, and not all servers send it.
      if (/^application\/wasm\b/.test(type) && typeof WebAssembly.compileStreaming === 'function') {
        return await WebAssembly.compileStreaming(response);
      }
      return await WebAssembly.compile(await response.arrayBuffer());
    } catch (thrown) {
      // The hash was right, so the code is; a browser that looks at no hash may have got a page.
      if (!(thrown instanceof WebAssembly.CompileError) || type.includes('html')) throw thrown;
      throw new ParleyError(
        '500 no-webassembly',
        `this browser's WebAssembly lacks what the chat core needs (bulk memory, sign extension, conversion without traps): ${reason(thrown)}`,
      );
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
    `${first!.message}; and ${second.message}. Let the build copy ${wasm.name} of the package, and name its folder by options.baseURL`,
  );
}

/** Has the browser's cache take the file beside `address`. */
export const cache = (name: string, address: string): Promise<unknown> =>
  load(name, address, async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.arrayBuffer();
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
        const type = there.headers.get('content-type');
        throw new ParleyError('502 wrong-file', `${url} is not the chat core that belongs to this script: its hash differs (${type})`);
      });
    }
    let why = ` answered ${there?.status}`;
    // An answer without CORS headers cannot be read, but tells that there is something.
    if (!there)
      why = (await look('no-cors'))
        ? ': it is there, but without CORS headers; does a proxy remove them?'
        : `: ${unanswered(reason(thrown))}`;
    throw new ParleyError('503 not-loaded', `could not load the chat core: ${url}${why}`);
  } finally {
    unwatch();
  }
}
