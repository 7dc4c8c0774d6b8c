// Takes over WebSocket, fetch and XMLHttpRequest of a page, or of a process, for the addresses
// of fake servers; everything else goes where it went before.

import { serverAt, servers } from './addresses';
import { fakeFetch } from './page-fetch';
import { takeOverRequests } from './page-requests';
import { FakeSocket } from './page-socket';
import type { FakeServer } from './server';

let giveBack: (() => void)[] = [];

/** From now on requests to the server's address reach it. Gives how to end that. */
export function takeOver(server: FakeServer): () => void {
  const { url } = server;
  if (servers.has(url))
    throw new Error(`fakeServer: there is a fake server at ${url} already; close() it first, or give this one another url`);
  if (servers.size === 0) install();
  servers.set(url, server);
  return () => {
    if (servers.get(url) !== server) return;
    servers.delete(url);
    if (servers.size > 0) return;
    for (const undo of giveBack.reverse()) undo();
    giveBack = [];
  };
}

function install(): void {
  const { fetch, WebSocket, XMLHttpRequest } = globalThis;
  put('fetch', (input: RequestInfo | URL, init?: RequestInit) => fakeFetch(input, init, fetch));
  const construct = (_: object, [url, ...rest]: [string | URL, ...unknown[]]): object => {
    const found = serverAt(url);
    if (found) return new FakeSocket(String(url), found.server.network);
    if (WebSocket) return Reflect.construct(WebSocket, [url, ...rest]);
    throw new Error(`there is no WebSocket here, and no fake server at ${url}`);
  };
  put('WebSocket', new Proxy(WebSocket ?? FakeSocket, { construct }));
  if (XMLHttpRequest) put('XMLHttpRequest', takeOverRequests(XMLHttpRequest));
}

// If somebody has replaced it meanwhile, that stays; what it wraps lets everything pass.
function put(name: 'fetch' | 'WebSocket' | 'XMLHttpRequest', value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: before?.enumerable ?? true });
  giveBack.push(() => {
    if ((globalThis as any)[name] !== value) return;
    if (before) Object.defineProperty(globalThis, name, before);
    else delete (globalThis as any)[name];
  });
}
