// The request with which the core begins where no session is stored. It leaves while the core's code loads, so that nobody
// waits for both; the core finds it when it asks.

import type { CoreOptions } from '../shared/contract';
import { meets } from './policy';

/**
 * What a core begins with: the version that it must be of, whether it takes over from another one, and what it asks for first:
 * the app, or with a session the socket at an address.
 */
export interface Beginning {
  version: string;
  again: boolean;
  first: Pick<CoreOptions, 'api' | 'appId' | 'domainKey'> | undefined;
  socket?: string | undefined;
}

/** A request that is under way. */
export interface FirstRequest {
  url: string;
  response: Promise<Response>;
}

/** Makes the request, if the core will. `over` ends it. */
export function firstRequest({ api, appId, domainKey }: NonNullable<Beginning['first']>, over: AbortSignal): FirstRequest | undefined {
  if (!/^[\w-]{1,64}$/.test(appId)) return;
  meets(api);
  const url = `${api}/apps/${appId}/validate`;
  // The fewest that the core would send: a browser asks the server for leave first to send any.
  const headers: HeadersInit = domainKey ? { 'x-hyper-key': domainKey } : {};
  const response = (async () => fetch(url, { headers, credentials: 'omit', signal: over }))(); // a page's own fetch may throw
  response.catch(() => {}); // the core says so, if it gets that far
  return { url, response };
}
