// A reverse proxy of the kind that lets no WebSocket live, and passes all other HTTP.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What becomes of a WebSocket: its `Upgrade` is stripped, it is never answered, or it is cut after so many ms. */
export type Treatment = 'stripped' | 'swallowed' | { cutAfter: number };

export class ReverseProxy {
  private readonly listener = createServer((from, to) => this.pass(from, to));
  private readonly ends = new Set<Duplex>();
  private port = 0;
  /** How the next answers to polls are spoilt: cut with a length that tells, or with one that does not. */
  spoil: ('short' | 'shortened')[] = [];

  constructor(
    readonly targetPort: number,
    public treatment: Treatment,
  ) {
    this.listener.on('upgrade', (from: IncomingMessage, socket: Duplex) => this.upgrade(from, socket));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.listener.listen(0, '127.0.0.1');
    await once(this.listener, 'listening');
    this.port = (this.listener.address() as AddressInfo).port;
  }

  close(): void {
    for (const end of this.ends) end.destroy();
    this.listener.close();
    this.listener.closeAllConnections();
  }

  private upgrade(from: IncomingMessage, socket: Duplex): void {
    this.ends.add(socket);
    socket.on('error', () => {});
    if (this.treatment === 'swallowed') return;
    if (this.treatment === 'stripped') {
      const { upgrade: _, ...headers } = from.headers;
      this.forward(from, { ...headers, connection: 'close' }, (answer) => {
        socket.end(`HTTP/1.1 ${answer.statusCode} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      }).end();
      return;
    }
    const target: Socket = connect(this.targetPort, '127.0.0.1', () => {
      const lines = [`GET ${from.url} HTTP/1.1`];
      for (let n = 0; n < from.rawHeaders.length; n += 2) lines.push(`${from.rawHeaders[n]}: ${from.rawHeaders[n + 1]}`);
      target.write(`${lines.join('\r\n')}\r\n\r\n`);
      target.pipe(socket).pipe(target);
    });
    this.ends.add(target);
    target.on('error', () => {});
    setTimeout(() => {
      socket.destroy();
      target.destroy();
    }, this.treatment.cutAfter);
  }

  private pass(from: IncomingMessage, to: ServerResponse): void {
    const ask = this.forward(from, from.headers, (answer) => {
      const isPoll = from.method === 'POST' && from.url === '/v1/socket';
      if (!isPoll) {
        to.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(to);
        return;
      }
      // As many proxies do, it keeps an answer until it is whole.
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => this.answer(to, answer, Buffer.concat(chunks)));
    });
    from.pipe(ask);
    to.on('close', () => ask.destroy());
  }

  private answer(to: ServerResponse, { statusCode, headers }: IncomingMessage, body: Buffer): void {
    const frames = body.includes('{');
    const spoilt = frames ? this.spoil.shift() : undefined;
    const half = body.subarray(0, body.length / 2);
    to.writeHead(statusCode!, { ...headers, 'content-length': spoilt === 'shortened' ? half.length : body.length });
    if (spoilt === 'short') to.write(half, () => to.destroy());
    else to.end(spoilt ? half : body);
  }

  private forward(from: IncomingMessage, headers: NodeJS.Dict<string | string[]>, answered: (answer: IncomingMessage) => void) {
    const ask = request({ port: this.targetPort, host: '127.0.0.1', method: from.method, path: from.url, headers }, answered);
    ask.on('error', () => from.socket.destroy());
    return ask;
  }
}
