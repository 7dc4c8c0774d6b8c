// Which fake server of this page, or of this process, has an address.

import type { FakeServer } from './server';

/** By address. */
export const servers = new Map<string, FakeServer>();

/** The server of an address, with the path below it. */
export function serverAt(address: string | URL): { server: FakeServer; path: string } | undefined {
  let url: URL;
  try {
    url = new URL(address, globalThis.location?.href);
  } catch {
    return undefined;
  }
  const path = url.pathname + url.search;
  for (const [base, server] of servers) {
    const { origin, pathname } = new URL(base);
    const below = pathname.replace(/\/$/, '');
    if (url.origin.replace(/^ws/, 'http') === origin && path.startsWith(`${below}/`)) return { server, path: path.slice(below.length) };
  }
  return undefined;
}
