// Fetches the core's code. A failure is an error that says what came instead.

import type { Built } from '../shared/contract';
import { ParleyError, reason, unanswered } from '../shared/errors';

/** In milliseconds: a request on a dead network fails only by this time-out. */
export const loadTimeout = 60_000;

/** The compiled core, from the file beside `address`. */
export async function compile({ name, integrity }: Built, address: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new ParleyError('500 no-webassembly', 'this browser has no WebAssembly');
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
    throw new ParleyError('503 not-loaded', `${url} is not a chat core (${type}): ${reason(thrown)}`);
  }
}

// A wrong file, such as an error page, fails in the same way as a missing network; so
// the server is asked once more what is there, and if that fails, whether there is
// anything: such an answer may come without CORS headers, but cannot be read.
/** Says why a file could not be loaded. */
export async function refusal(url: string, what: string, differs: string): Promise<ParleyError> {
  const look = (mode: RequestMode) => fetch(url, { method: 'HEAD', mode }).catch(() => undefined);
  const there = await look('cors');
  if (there?.ok) {
    return new ParleyError(
      '502 wrong-file',
      `${url} is not the chat core that belongs to this script: ${differs} (${there.headers.get('content-type')})`,
    );
  }
  let why = ` answered ${there?.status}`;
  if (!there)
    why = (await look('no-cors')) ? ': it is there, but without CORS headers; does a proxy remove them?' : `: ${unanswered(what)}`;
  return new ParleyError('503 not-loaded', `could not load the chat core: ${url}${why}`);
}
