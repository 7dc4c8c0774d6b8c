// Where the server is: from the `server` and `port` options and the URL that
// the script was loaded from. Proxies serve Parley below any path.

import { ParleyError } from '../shared/errors';

/** The server's two addresses. */
export interface Addresses {
  /** Base of the REST routes, such as `https://chat.example.com/v1`. */
  api: string;
  /** The WebSocket, such as `wss://chat.example.com/v1/socket`. */
  socket: string;
}

/**
 * Finds the server. A URL keeps its scheme, port and path. A bare host takes
 * the script's scheme, and `port` unless it names one itself. Without a
 * server it is the script's address up to `/sdk/`, or its origin if it is not in
 * such a folder, and `port` has no meaning.
 */
export function addresses(server: string | undefined, port: number | undefined, script: string): Addresses {
  let base: URL;
  if (!server) {
    base = serverOf(script);
  } else {
    base = parse(server, script);
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(server) && !base.port && port) base.port = String(port);
  }
  const scheme = base.protocol.replace(/^ws/, 'http');
  if (!/^https?:$/.test(scheme)) {
    throw new ParleyError('400 bad-argument', `options.server must be a host or an http(s) URL, got '${base.href}'`);
  }
  const rest = `//${base.host}${base.pathname.replace(/\/+$/, '')}/v1`;
  return { api: scheme + rest, socket: `${scheme.replace('http', 'ws') + rest}/socket` };
}

// The server's folders are /sdk/<version>/, below whatever path. A script that a page has made from text has no address.
function serverOf(script: string): URL {
  try {
    const base = new URL('/', script);
    base.pathname = /^(.*)\/sdk\/[^/]+\/icf\.sdk\.js$/.exec(new URL(script).pathname)?.[1] ?? '';
    return base;
  } catch {
    throw new ParleyError('400 no-server', `options.server is needed: the script's own address (${script}) names none`);
  }
}

function parse(server: string, script: string): URL {
  const bare = /^http:/.test(script) ? 'http://' : 'https://';
  try {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(server)) return new URL(server);
    return new URL(bare + server.replace(/^\/\//, ''));
  } catch {
    throw new ParleyError('400 bad-argument', `options.server must be a host or an http(s) URL, got '${server}'`);
  }
}

/** The address of a folder, from the `baseURL` option: a URL, also one that is relative to the page. */
export function folder(baseURL: string): string {
  try {
    return new URL(baseURL.replace(/\/*$/, '/'), document.baseURI).href;
  } catch {
    throw new ParleyError('400 bad-argument', `options.baseURL must be a URL, got '${baseURL}'`);
  }
}
