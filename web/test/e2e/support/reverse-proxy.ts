// An HTTP proxy in front of the server, as operators run them: it serves the server below a path.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server as Listener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a proxy does with a request; the test may change it at any time. */
export interface ProxyRules {
  /** The path below which the server is reached, such as `/chat`; everything else is not found. */
  prefix: string;
  /** Whether the server gets the path without the prefix. */
  strips: boolean;
  /** Headers that the server gets beside the client's. Without a `host` of their own it gets the server's, as from nginx. */
  headers: Record<string, string>;
  /** Pages that the proxy has itself, by their path. */
  pages?: Record<string, { headers: [string, string][]; body: string }>;
  /** Changes the headers of an answer. */
  changes?: (path: string, headers: IncomingHttpHeaders) => void;
}

export class ReverseProxy {
  private listener: Listener | undefined;
  private port = 0;
  private readonly sockets = new Set<Duplex>();

  constructor(
    private readonly targetPort: number,
    readonly rules: ProxyRules,
  ) {}

  /** Origin of the proxy. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Address below which the server is reached, without a slash at the end. */
  get url(): string {
    return this.origin + this.rules.prefix;
  }

  async start(): Promise<this> {
    this.listener = createServer((incoming, answer) => {
      const page = this.rules.pages?.[incoming.url!];
      if (page) return void answer.writeHead(200, page.headers.flat()).end(page.body);
      const path = this.pathOf(incoming);
      if (path === undefined) return void answer.writeHead(404, { 'content-type': 'text/plain' }).end('not the chat');
      const onward = request(this.onward(incoming, path), (response) => {
        this.rules.changes?.(path, response.headers);
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      onward.on('error', () => answer.destroy());
      incoming.pipe(onward);
    });
    this.listener.on('upgrade', (incoming, client, head) => this.upgrade(incoming, client, head));
    this.listener.listen(0, '127.0.0.1');
    await once(this.listener, 'listening');
    this.port = (this.listener.address() as AddressInfo).port;
    return this;
  }

  /** Cuts all WebSockets. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  async close(): Promise<void> {
    this.cut();
    this.listener?.closeAllConnections();
    this.listener?.close();
  }

  private pathOf({ url = '/' }: IncomingMessage): string | undefined {
    const { prefix, strips } = this.rules;
    if (prefix && !url.startsWith(`${prefix}/`)) return undefined;
    return strips ? url.slice(prefix.length) : url;
  }

  private onward({ method, headers }: IncomingMessage, path: string) {
    const sent: IncomingHttpHeaders = { ...headers, host: `127.0.0.1:${this.targetPort}`, ...this.rules.headers };
    return { host: '127.0.0.1', port: this.targetPort, method, path, headers: sent };
  }

  private upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    const path = this.pathOf(incoming);
    if (path === undefined) return void client.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    const onward = request(this.onward(incoming, path));
    onward.on('upgrade', ({ rawHeaders }, server, first) => {
      const lines = ['HTTP/1.1 101 Switching Protocols'];
      for (let n = 0; n < rawHeaders.length; n += 2) lines.push(`${rawHeaders[n]}: ${rawHeaders[n + 1]}`);
      client.write(`${lines.join('\r\n')}\r\n\r\n`);
      client.write(first);
      server.write(head);
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          to.destroy();
          this.sockets.delete(from);
        });
        from.pipe(to);
      }
    });
    onward.on('response', (response) => {
      client.end(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    });
    onward.on('error', () => client.destroy());
    onward.end();
  }
}
