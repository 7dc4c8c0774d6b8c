// A customer's website for API-level specs: pages on an origin of their own
// that hold nothing but our script tag.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class BlankSite {
  private server: Server | undefined;
  private port = 0;
  private sdk = '';

  /** Serves the SDK of the server at this address, as a site does that has a copy. Gives the script's path. */
  copy(server: string): string {
    this.sdk = server;
    return '/sdk/1/icf.sdk.js';
  }

  /** Address of a page whose only content is a script tag for `script`, with these attributes, after these tags, under a content security policy. */
  page(script: string, more: { integrity?: string; nonce?: string; before?: string; policy?: string } = {}): string {
    return `http://127.0.0.1:${this.port}/?${new URLSearchParams({ script, ...more })}`;
  }

  /** Address of a page with nothing at all. */
  get empty(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async start(): Promise<void> {
    this.server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://site');
      if (url.pathname.startsWith('/sdk/')) {
        const file = await fetch(this.sdk + url.pathname);
        const headers = ['content-type', 'cross-origin-embedder-policy'].map((name) => [name, file.headers.get(name)]);
        response.writeHead(file.status, Object.fromEntries(headers.filter(([, value]) => value)));
        response.end(Buffer.from(await file.arrayBuffer()));
        return;
      }
      if (url.pathname !== '/') {
        // A browser asks for an icon; none is not an error.
        response.writeHead(204).end();
        return;
      }
      const script = url.searchParams.get('script');
      const integrity = url.searchParams.get('integrity');
      const nonce = url.searchParams.get('nonce');
      const before = url.searchParams.get('before') ?? '';
      const policy = url.searchParams.get('policy');
      const checked = integrity ? ` integrity="${escaped(integrity)}" crossorigin="anonymous"` : '';
      const allowed = nonce ? ` nonce="${escaped(nonce)}"` : '';
      const tag = script ? `<script src="${escaped(script)}"${checked}${allowed}></script>` : '';
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...(policy && { 'content-security-policy': policy }) });
      response.end(`<!doctype html><html lang="en"><head><title>A site</title>${before}</head><body>${tag}</body></html>`);
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
