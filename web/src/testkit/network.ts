// What lies between the clients and the fake server: connections and HTTP, with the faults that
// a test has set.

import type * as Public from '../../testkit';
import type { Backend } from './backend';
import { audienceOf, type ChatLog, VISITORS } from './chat-log';
import { Connection, defect } from './connection';
import { Faults, type Subject } from './faults';
import { authorize, type Call, dataOf, type Operation, type Upload } from './operation';
import { operationOf, route } from './operations-users';
import { Params } from './params';
import { type Line, Polls } from './poll';
import { type Frame, Refusal } from './protocol';
import type { Routing } from './routing';

/** The client's end of a connection. */
export interface Client {
  send(text: string): void;
  /** The connection has broken. */
  close(): void;
}

export interface HttpRequest {
  method: string;
  /** With its query. */
  path: string;
  /** Names in lower case. */
  headers: { [name: string]: string };
  body: string;
  /** The fields and the file of a form, in place of a body. */
  form?: { fields: [name: string, value: string][]; upload: Upload | undefined };
}

export interface HttpAnswer {
  status: number;
  headers: { [name: string]: string };
  body: string | Uint8Array;
}

/** There is no answer: the network is down. */
export class NoNetwork extends Error {}

const framesKept = 10_000;

/** What the network needs of the server. */
export interface Host {
  readonly backend: Backend;
  readonly routing: Routing;
  readonly isDown: boolean;
  /** The file of this name below /sdk/<version>/. */
  readonly files: NonNullable<Public.FakeServerOptions['files']>;
}

export class Network {
  readonly faults: Faults;
  readonly frames: { to: 'server' | 'client'; connection: number; frame: Frame }[] = [];
  readonly links = new Set<Link>();
  private readonly polls: Polls;
  private count = 0;

  constructor(readonly host: Host) {
    const { clock, ids } = host.backend;
    this.faults = new Faults({ cutAll: () => this.cutAll() }, clock);
    this.polls = new Polls(
      clock,
      () => ids.next(),
      (client) => this.link(client),
    );
  }

  /** A WebSocket to the server; undefined if none comes about. */
  connect(client: Client): Line | undefined {
    if (this.host.isDown || this.faults.strikes('offline') || this.faults.strikes('noWebSocket')) return undefined;
    return this.link(client);
  }

  cutAll(): number {
    const links = [...this.links];
    for (const link of links) link.cut();
    return links.length;
  }

  note(to: 'server' | 'client', connection: number, frame: Frame): void {
    this.frames.push({ to, connection, frame });
    if (this.frames.length > framesKept) this.frames.shift();
  }

  /** Answers a request of HTTP. Rejects with NoNetwork where a network would give no answer. */
  async http(request: HttpRequest): Promise<HttpAnswer> {
    const { faults, host } = this;
    await new Promise<void>((resolve) => faults.wait(faults.lag('server'), resolve));
    if (host.isDown || faults.strikes('offline')) throw new NoNetwork('Failed to fetch');
    if (faults.strikes('silence')) await new Promise(() => {});
    let answer: HttpAnswer | undefined;
    try {
      answer = await this.answer(request);
    } catch (thrown) {
      const refusal = thrown instanceof Refusal ? thrown : defect(thrown);
      const retry = refusal.retryAfter === undefined ? undefined : { 'retry-after': String(refusal.retryAfter) };
      answer = json(refusal.code, { error: refusal.wire() }, retry);
    }
    if (!answer) throw new NoNetwork('Failed to fetch');
    await new Promise<void>((resolve) => faults.wait(faults.lag('client'), resolve));
    return answer;
  }

  private async answer(request: HttpRequest): Promise<HttpAnswer | undefined> {
    const [path = '', query = ''] = request.path.split('?');
    if (path === '/healthz') return json(200, { ok: true });
    const file = /^\/sdk\/[^/]+\/((?:esm\/)?[\w.-]+)$/.exec(path)?.[1];
    if (file) return this.file(file);
    if (!path.startsWith('/v1/')) throw new Refusal('404 unknown-route', `there is no ${path}`);
    const below = path.slice(3).replace(/\/$/, '');
    if (below === '/socket') {
      if (request.method === 'HEAD') return json(204, {}); // a page asks whether the server is there
      if (request.method !== 'POST')
        throw new Refusal('426 not-a-websocket', 'this is a WebSocket: connect with ws: or wss:, or POST for HTTP long polling');
      return { ...json(200, {}), headers: { 'content-type': 'text/plain; charset=utf-8' }, body: await this.polls.exchange(request.body) };
    }
    const { operation, inPath } = route(request.method === 'HEAD' ? 'GET' : request.method, below);
    const subject: Subject = { event: operation.event, path: below, operation };
    const refusal = this.faults.refusal(subject);
    if (refusal) throw refusal;
    if (this.faults.cuts(subject, 'before')) return undefined;
    const result = this.carryOut(request, operation, inPath, query);
    return this.faults.cuts(subject, 'after') ? undefined : result;
  }

  private async file(name: string): Promise<HttpAnswer> {
    const body = await this.host.files(name);
    if (!body) throw new Refusal('404 unknown-route', `the fake server has no file ${name}; its option files gives what it has`);
    // Not application/wasm: only the browser's own answers can be compiled while they come.
    const type = name.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'application/octet-stream';
    return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' }, body };
  }

  private carryOut(
    { headers, body, form }: HttpRequest,
    operation: Operation,
    inPath: { [name: string]: string },
    query: string,
  ): HttpAnswer {
    const { backend, routing } = this.host;
    const search = new URLSearchParams(query);
    const download = operation.path === '/media/{mediaId}' && operation.method === 'GET';
    const appId = headers['x-hyper-appid'] || (download && search.get('appId')) || inPath.appId;
    const token = headers['x-hyper-token'] || (download && search.get('token')) || '';
    if (!appId) throw new Refusal('401 unknown-app', 'the app id is missing: send it as x-hyper-appId');
    const found = token ? backend.sessions.get(token) : undefined;
    if (token && !found) throw new Refusal('401 session-ended', 'the token is not valid, or its session is over');
    const session = found && { user: backend.user(found.user), token, ended: found.ended };
    const params = paramsOf(body, form?.fields ?? [], search, inPath);
    const eventId = params.text('eventId');
    const none = { user: undefined as unknown as Call['user'], chat: undefined as unknown as ChatLog };
    const call: Call = { backend, routing, session, eventId, params, connection: undefined, upload: form?.upload, ...none };
    let answer!: HttpAnswer;
    backend.work(() => {
      authorize(operation, call);
      const result = operation.run(call);
      const { file } = result;
      const data = () => dataOf(result, session ? audienceOf(session.user) : VISITORS);
      answer = file ? { status: 200, headers: file.headers, body: file.bytes } : json(200, data());
    });
    return answer;
  }

  private link(client: Client): Link {
    return new Link(this, client, ++this.count);
  }
}

function json(status: number, body: object, more: { [name: string]: string } = {}): HttpAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...more };
  return { status, headers, body: JSON.stringify(body) };
}

// The query overrides the body; the path overrides both, but they may not differ.
function paramsOf(body: string, form: [string, string][], query: URLSearchParams, inPath: { [name: string]: string }): Params {
  let values: { [name: string]: any } = {};
  if (body) {
    try {
      values = Params.of(JSON.parse(body)).values;
    } catch (thrown) {
      if (thrown instanceof Refusal) throw thrown;
      throw new Refusal('400 bad-json', 'body is not valid JSON');
    }
  }
  const texts: { [name: string]: string } = Object.fromEntries(form);
  for (const name of new Set(query.keys())) texts[name.replace(/\[\]$/, '')] = query.getAll(name).join(',');
  for (const [name, value] of Object.entries(inPath)) {
    const other = texts[name] ?? values[name];
    if (other !== undefined && String(other) !== value) {
      throw new Refusal('400 bad-argument', `${name}: ${JSON.stringify(String(other))} is not the ${JSON.stringify(value)} of the path`);
    }
    texts[name] = value;
  }
  return new Params({ ...values, ...texts }, new Set(Object.keys(texts)));
}

/** One connection of a client, with what happens to its frames on the way. */
export class Link implements Line {
  private readonly connection: Connection;
  private readonly silent: boolean;
  private readonly requests = new Map<string, string>();
  private late: Frame[] = [];
  private lost = false;
  private readonly free = { server: 0, client: 0 };

  constructor(
    private readonly network: Network,
    private readonly client: Client,
    private readonly number: number,
  ) {
    this.silent = network.faults.strikes('halfOpen');
    network.links.add(this);
    this.connection = new Connection(network.host.backend, network.host.routing, {
      send: (frame) => this.send(frame),
      cut: () => this.cut(),
    });
  }

  toServer(text: string): void {
    this.travel('server', () => this.arrive(text));
  }

  /** The client has closed. */
  closed(): void {
    this.gone();
  }

  cut(): void {
    if (this.gone()) this.client.close();
  }

  private gone(): boolean {
    if (!this.network.links.delete(this)) return false;
    this.lost = true;
    this.connection.close();
    return true;
  }

  // Frames of a direction stay in their order, also when the delay changes.
  private travel(to: 'server' | 'client', arrive: () => void): void {
    const { faults, host } = this.network;
    const now = host.backend.clock.now();
    const at = Math.max(now + faults.lag(to), this.free[to]);
    this.free[to] = at;
    faults.wait(at - now, () => !this.lost && arrive());
  }

  private arrive(text: string): void {
    const { faults } = this.network;
    const frame = readable(text);
    const event = frame.event ?? '';
    this.network.note('server', this.number, frame);
    if (this.silent || faults.strikes('silence')) return;
    if (frame.id) this.requests.set(frame.id, event);
    const subject: Subject = { event, path: '', operation: operationOf(event) };
    if (faults.cuts(subject, 'before')) return this.cut();
    const breaks = faults.cuts(subject, 'after');
    this.lost ||= breaks;
    this.connection.receive(text, faults.refusal(subject));
    if (breaks) this.cut();
  }

  private send(frame: Frame): void {
    if (this.lost) return;
    const { faults } = this.network;
    if (this.silent || faults.strikes('silence')) return;
    const event = frame.event ?? this.requests.get(frame.id ?? '') ?? '';
    if (!frame.event) this.requests.delete(frame.id ?? '');
    const { now, late } = faults.sent({ event, path: '' }, frame);
    const behind = now.length ? this.late : [];
    this.late = [...(now.length ? [] : this.late), ...late];
    for (const one of [...now, ...behind]) {
      const text = typeof one === 'string' ? one : JSON.stringify(one);
      this.travel('client', () => {
        this.network.note('client', this.number, readable(text));
        this.client.send(text);
      });
    }
  }
}

// What is no JSON is noted as data.
function readable(text: string): Frame {
  try {
    const frame = JSON.parse(text);
    return typeof frame === 'object' && frame !== null ? frame : { data: text };
  } catch {
    return { data: text };
  }
}
