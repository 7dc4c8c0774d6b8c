// A TCP proxy that stands for the network between a page and the server: it cuts,
// delays, holds and refuses connections.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server as Listener, type Socket } from 'node:net';

/** One direction of a connection: chunks leave in order, each when its time has come. */
class Pipe {
  private waiting: { due: number; chunk: Buffer | null }[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly link: Link,
    readonly to: Socket,
  ) {}

  /** Takes a chunk, or the end of the stream (null). */
  put(chunk: Buffer | null): void {
    this.waiting.push({ due: Date.now() + this.link.latency, chunk });
    this.pump();
  }

  pump(): void {
    clearTimeout(this.timer);
    while (!this.link.held) {
      const next = this.waiting[0];
      if (!next) return;
      const rest = next.due - Date.now();
      if (rest > 0) {
        this.timer = setTimeout(() => this.pump(), rest);
        return;
      }
      this.waiting.shift();
      if (next.chunk) this.to.write(next.chunk);
      else this.to.end();
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.waiting = [];
  }
}

export class Link {
  private listener: Listener | undefined;
  private port = 0;
  private open = new Set<{ ends: Socket[]; pipes: Pipe[]; webSocket: boolean }>();
  /** Milliseconds that each chunk is late, in both directions. */
  latency = 0;
  /** True while nothing passes, nor is read, though connections stay open: a dead link. */
  held = false;
  /** How many connections were accepted so far. */
  accepted = 0;

  constructor(readonly targetPort: number) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many connections are open now. */
  get size(): number {
    return this.open.size;
  }

  /** How many of them are WebSockets. */
  get webSockets(): number {
    return [...this.open].filter(({ webSocket }) => webSocket).length;
  }

  async start(): Promise<void> {
    if (this.listener) return;
    const listener = createServer((client) => this.accept(client));
    listener.listen(this.port, '127.0.0.1');
    await once(listener, 'listening');
    this.listener = listener;
    this.port = (listener.address() as AddressInfo).port;
  }

  /** Ends every open connection with a reset; new ones are accepted. It fails if there is none. */
  cut(): void {
    if (this.open.size === 0) throw new Error('no connection is open that could be cut');
    this.clear();
  }

  /** Ends whatever connections are open with a reset. */
  clear(): void {
    for (const { ends, pipes } of this.open) {
      for (const pipe of pipes) pipe.stop();
      for (const end of ends) end.resetAndDestroy();
    }
    this.open.clear();
  }

  /** Refuses new connections (true), or takes them again (false). */
  async refuse(yes: boolean): Promise<void> {
    if (!yes) return this.start();
    this.listener?.close();
    this.listener = undefined;
    if (!this.port) return;
    const probe = connect(this.port, '127.0.0.1');
    const refused = await new Promise((resolve) => probe.once('connect', () => resolve(false)).once('error', () => resolve(true)));
    probe.destroy();
    if (!refused) throw new Error('the link was to refuse connections, and takes them');
  }

  /** Makes everything `ms` late from now on; 0 ends it. */
  delay(ms: number): void {
    this.latency = ms;
  }

  /** Lets nothing pass (true), or everything, with what was kept back (false). It fails if no connection is open to be held. */
  hold(yes: boolean): void {
    if (yes && this.open.size === 0) throw new Error('no connection is open that could be held');
    this.held = yes;
    for (const { ends, pipes } of this.open) {
      for (const end of ends) yes ? end.pause() : end.resume();
      if (!yes) for (const pipe of pipes) pipe.pump();
    }
  }

  async close(): Promise<void> {
    await this.refuse(true);
    this.clear();
  }

  private accept(client: Socket): void {
    this.accepted++;
    const server = connect(this.targetPort, '127.0.0.1');
    const route = { ends: [client, server], pipes: [new Pipe(this, server), new Pipe(this, client)], webSocket: false };
    this.open.add(route);
    const [up, down] = route.pipes as [Pipe, Pipe];
    const join = (from: Socket, pipe: Pipe) => {
      from.setNoDelay(true);
      from.on('data', (chunk) => pipe.put(chunk));
      from.on('end', () => pipe.put(null));
      from.on('error', () => {
        pipe.to.destroy();
        pipe.stop();
      });
      from.on('close', () => route.ends.every((end) => end.destroyed) && this.open.delete(route));
    };
    client.on('data', (chunk) => (route.webSocket ||= chunk.includes('Sec-WebSocket-Key')));
    join(client, up);
    join(server, down);
  }
}
