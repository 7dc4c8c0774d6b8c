// Entry of parley-chat/testkit/node: the fake server with real sockets and HTTP.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { WebSocket, WebSocketServer } from 'ws';
import type * as Public from '../../../testkit-node';
import { defect } from '../connection';
import { type HttpAnswer, NoNetwork } from '../network';
import type { Line } from '../poll';
import { Refusal } from '../protocol';
import { FakeServer } from '../server';
import { readForm } from './form';

class SocketServer extends FakeServer implements Public.NodeFakeServer {
  private readonly sockets = new Set<Socket>();

  constructor(
    url: string,
    options: Public.NodeServerOptions,
    private readonly http: Server,
    private readonly ws: WebSocketServer,
  ) {
    super(url, options);
    http.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    http.on('request', (request, response) => void this.answer(request, response));
    http.on('upgrade', (request, socket, head) => {
      ws.handleUpgrade(request, socket, head, (client) => this.accept(client, socket as Socket));
    });
  }

  override async close(): Promise<void> {
    super.close();
    this.ws.close();
    this.http.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.http, 'close');
  }

  // The server's own end of a connection never sends a close frame: browsers would report it as 1006 all the same.
  private accept(client: WebSocket, socket: Socket): void {
    client.on('error', () => {}); // `close` follows
    const line: Line | undefined = this.network.connect({
      send: (text) => client.send(text, () => {}),
      close: () => socket.destroy(),
    });
    if (!line) return void socket.destroy();
    client.on('message', (data) => line.toServer(String(data)));
    client.on('close', () => line.closed());
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const cors = corsOf(request);
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
    try {
      const { status, headers, body } = await this.carryOut(request);
      response.writeHead(status, { ...headers, ...cors });
      response.end(request.method === 'HEAD' ? undefined : body);
    } catch (thrown) {
      if (!(thrown instanceof NoNetwork)) defect(thrown);
      request.socket.destroy();
    }
  }

  private async carryOut(request: IncomingMessage): Promise<HttpAnswer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    try {
      const form = await readForm(headers['content-type'] ?? '', bytes);
      const { method = 'GET', url: path = '/' } = request;
      return await this.network.http({ method, path, headers, body: form ? '' : bytes.toString(), ...(form && { form }) });
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return { status: thrown.code, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: thrown.wire() }) };
    }
  }
}

function corsOf({ headers }: IncomingMessage): { [name: string]: string } {
  return {
    vary: 'Origin',
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-expose-headers': 'Retry-After, Content-Disposition',
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '7200',
  };
}

// The package's own files lie around this one.
async function packageFile(name: string): Promise<Uint8Array | undefined> {
  return readFile(new URL(`../${name}`, import.meta.url)).catch(() => undefined);
}

export const fakeServer: typeof Public.fakeServer = async ({ port = 0, host = '127.0.0.1', files = packageFile, ...options } = {}) => {
  const ws = await import('ws').catch(() => {
    throw new Error('parley-chat/testkit/node needs the package ws: npm install --save-dev ws');
  });
  const http = createServer();
  http.listen(port, host);
  await once(http, 'listening');
  const address = http.address() as AddressInfo;
  return new SocketServer(`http://${host}:${address.port}`, { ...options, files }, http, new ws.WebSocketServer({ noServer: true }));
};
