// The request with which the core begins where no session is stored. It leaves while the core's code loads, so that nobody
// waits for both; the core finds it when it asks.

import type { CoreOptions } from '../shared/contract';

/** A request that is under way. */
export interface FirstRequest {
  url: string;
  response: Promise<Response>;
}

/** Makes the request, if the core will. `over` ends it. */
export function firstRequest({ api, appId, domainKey, session }: CoreOptions, over: AbortSignal): FirstRequest | undefined {
  if (!/^[\w-]{1,64}$/.test(appId) || isStored(session)) return;
  const url = `${api}/apps/${appId}/validate`;
  const headers = { 'x-hyper-appId': appId, ...(domainKey && { 'x-hyper-key': domainKey }) };
  const response = (async () => fetch(url, { headers, credentials: 'omit', signal: over }))(); // a page's own fetch may throw
  response.catch(() => {}); // the core says so, if it gets that far
  return { url, response };
}

// Whether a session is kept, as jsbridge/session.go does; where the browser refuses storage there is none.
function isStored(session: CoreOptions['session']): boolean {
  try {
    if (session === 'tab') return sessionStorage.getItem('parley.session') !== null;
    return session === 'cookie' && /(^|; )i\.cc=/.test(document.cookie);
  } catch {
    return false;
  }
}
