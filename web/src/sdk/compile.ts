// Fetches the core's code. A failure is an error that says what came instead.

import type { Built } from '../shared/contract';
import { ParleyError, reason, unanswered } from '../shared/errors';
import { lack, watchPolicy } from './policy';

/** In milliseconds: a request on a dead network fails only by this time-out. */
export const loadTimeout = 60_000;

/** The compiled core, from the file beside `address`. */
export async function compile({ name, integrity }: Built, address: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new ParleyError('500 no-webassembly', 'this browser has no WebAssembly');
  let url = name;
  watchPolicy('add');
  try {
    url = new URL(name, address).href;
    const response = await fetch(url, { integrity, signal: AbortSignal.timeout?.(loadTimeout) });
    // Streaming compilation accepts no other type, and not all servers send it.
    if (/^application\/wasm\b/.test(response.headers.get('content-type') ?? '') && typeof WebAssembly.compileStreaming === 'function') {
      return await WebAssembly.compileStreaming(response);
    }
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (thrown) {
    throw await refusal(url, reason(thrown));
  } finally {
    watchPolicy('remove');
  }
}

// A wrong file, such as an error page, fails in the same way as a missing network; so
// the server is asked once more what is there, and if that fails, whether there is
// anything: such an answer may come without CORS headers, but cannot be read.
/** Says why a file could not be loaded; `what` is what the browser says. */
export async function refusal(url: string, what: string): Promise<ParleyError> {
  const look = (mode: RequestMode) => fetch(url, { method: 'HEAD', mode }).catch(() => undefined);
  const there = await look('cors');
  await new Promise((resolve) => setTimeout(resolve)); // the browser tells of a refusal in a task of its own
  const lacks = lack(url);
  if (lacks) return new ParleyError('503 refused-by-policy', lacks);
  if (there?.ok) {
    return new ParleyError(
      '502 wrong-file',
      `${url} is not the chat core that belongs to this script: its hash differs (${there.headers.get('content-type')})`,
    );
  }
  let why = ` answered ${there?.status}`;
  if (!there)
    why = (await look('no-cors')) ? ': it is there, but without CORS headers; does a proxy remove them?' : `: ${unanswered(what)}`;
  return new ParleyError('503 not-loaded', `could not load the chat core: ${url}${why}`);
}
