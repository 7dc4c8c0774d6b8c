// Whether the core runs in a Worker where the page does not say.

import type { CoreFiles } from '../shared/contract';

// A page that replaces what the core connects by, for its tests or to watch its requests, replaces it in its own thread.
const isUnwatched = () => [fetch, WebSocket].every((own) => /\[native code]/.test(Function.prototype.toString.call(own)));

/** Whether the page's own origin serves the script and the files beside it, and the page watches no requests. */
export const inWorker = (files: CoreFiles): boolean =>
  [files.address, files.beside('')].every((address) => address.startsWith(`${globalThis.origin}/`)) && isUnwatched();
