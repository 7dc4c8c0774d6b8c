// The testkit's fake server by itself: what it takes over, its time, its faults, its agents. That it
// answers as parleyd does is in test/e2e/testkit.spec.ts.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { HttpSocket } from '../../src/engine/http-socket';
import { fakeServer } from '../../src/testkit';
import type { FakeServer, FakeServerOptions } from '../../testkit';
import { tasks } from './page';

let server: FakeServer;
const before = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
afterEach(() => server?.close());

const start = (options: FakeServerOptions = {}) => (server = fakeServer(options));

/** A bare client, as the core is one. */
class Client {
  readonly frames: any[] = [];
  readonly closed: number[] = [];
  private count = 0;
  private readonly socket: { send(text: string): void; close(code?: number): void; onopen: any; onmessage: any; onclose: any };
  readonly open: Promise<void>;

  constructor(socket: unknown = new WebSocket(`${server.url.replace('http', 'ws')}/v1/socket`)) {
    this.socket = socket as any;
    this.socket.onmessage = ({ data }: { data: string }) => this.frames.push(readable(data));
    this.socket.onclose = ({ code }: { code: number }) => this.closed.push(code);
    this.open = new Promise((resolve) => (this.socket.onopen = () => resolve()));
  }

  /** Sends a request, and gives the reply if it comes. */
  async ask(event: string, data: object, id = `r${++this.count}`): Promise<any> {
    this.socket.send(JSON.stringify({ id, event, data }));
    await tasks();
    return this.frames.filter((frame) => frame.id === id).at(-1);
  }

  pushes(event: string): any[] {
    return this.frames.filter((frame) => frame.event === event);
  }

  close(): void {
    this.socket.close(1000);
  }
}

const readable = (text: string) => {
  try {
    return JSON.parse(text);
  } catch {
    return { broken: text };
  }
};

async function post(path: string, body: object, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-hyper-appId': 'demo', ...(token && { 'x-hyper-token': token }) };
  return fetch(`${server.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** A visitor with an open chat. */
async function visitor(socket?: unknown, chats?: object, token?: string) {
  token ??= (await (await post('/users', { name: 'Ada' })).json()).session.token as string;
  const client = new Client(socket);
  await client.open;
  const session = await client.ask('session:open', { appId: 'demo', token, ...(chats && { chats }) }, 'open');
  if (chats) return { client, token, chatId: Object.keys(chats)[0]!, session: session.data };
  const { data } = await client.ask('chats:create', { room: '1', lang: 'en' });
  return { client, token, chatId: data.chat.id as string, session: session.data };
}

async function attended() {
  const one = await visitor();
  await one.client.ask('chats:assign', { chatId: one.chatId });
  return one;
}

test('it takes over its own address only, and gives all back', async () => {
  const { fetch, WebSocket } = globalThis;
  start({ url: 'https://chat.shop.test/below' });
  assert.notEqual(globalThis.fetch, fetch);
  assert.equal((await globalThis.fetch('https://chat.shop.test/below/healthz')).status, 200);
  assert.equal((await globalThis.fetch('data:text/plain,other')).status, 200, 'everything else goes where it went before');
  await assert.rejects(globalThis.fetch('https://chat.shop.test/beside/healthz'), 'so does another path');
  assert.throws(() => fakeServer({ url: 'https://chat.shop.test/below' }), /there is a fake server at/);
  assert.throws(() => fakeServer({ url: 'chat.shop.test' }), /must be an http\(s\) address/);
  server.close();
  assert.equal(globalThis.fetch, fetch);
  assert.equal(globalThis.WebSocket, WebSocket);
  assert.equal(globalThis.fetch, before.fetch);
  await assert.rejects(fetch('https://chat.shop.test/below/healthz'));
});

test('two runs with the same seed give the same frames', async () => {
  const run = async () => {
    start({ agents: ['Grace'], seed: 7 });
    server.agent('Grace').answers(true, ['Hello', 'What is it?'], { typing: 500 });
    const { client, chatId } = await attended();
    await client.ask('messages:new', { chatId, message: 'Hi' });
    await server.clock.advance(2000);
    const frames = structuredClone(server.frames);
    server.close();
    return frames;
  };
  const first = await run();
  assert.ok(first.length > 10, `only ${first.length} frames`);
  assert.deepEqual(await run(), first);
});

test('a request that comes again has its effect once', async () => {
  start();
  const { client, chatId } = await visitor();
  const first = await client.ask('messages:new', { chatId, message: 'once' }, 'same');
  assert.deepEqual(await client.ask('messages:new', { chatId, message: 'once' }, 'same'), first);
  assert.deepEqual(
    server.said().map(({ text }) => text),
    ['once'],
  );
});

test('after a reconnect what was missed comes again, and own messages with their ids', async () => {
  start({ agents: ['Grace'] });
  const { client, chatId, token } = await attended();
  const { seq } = (await client.ask('messages:new', { chatId, message: 'one' })).data;
  const lost = server.faults.cut({ of: 'messages:new' });
  assert.equal(await client.ask('messages:new', { chatId, message: 'two' }, 'mine'), undefined);
  assert.deepEqual([lost.hits, client.closed], [1, [1006]], 'the reply is lost with the connection');
  lost.end();
  server.agent('Grace').say('three');
  const again = await visitor(undefined, { [chatId]: seq }, token);
  assert.deepEqual([again.session.chats[chatId].resumed, again.session.chats[chatId].seq], [true, seq]);
  const missed = again.client.pushes('messages:new').map(({ eventId, data }) => [eventId, data.message.message]);
  assert.deepEqual(missed, [
    ['mine', 'two'],
    [undefined, 'three'],
  ]);
  assert.deepEqual(
    again.client.pushes('messages:new').map((push) => push.prev),
    [seq, seq + 1],
  );
});

test('its clock stands still until it is advanced, and dates the messages', async () => {
  start({ agents: ['Grace'], start: '2030-01-02T03:04:05Z' });
  server.agent('Grace').answers(/parcel/, 'Let me look', { after: 300, typing: 700 });
  const { client, chatId } = await attended();
  const { message } = (await client.ask('messages:new', { chatId, message: 'my parcel' })).data;
  assert.equal(message.created, Date.UTC(2030, 0, 2, 3, 4, 5) / 1000);
  await server.clock.advance(300);
  assert.deepEqual(
    client.pushes('users:activity').map(({ data }) => data.type),
    ['writing'],
  );
  assert.equal(server.said().length, 1);
  await server.clock.advance(699);
  assert.equal(server.said().length, 1);
  await server.clock.advance(1);
  assert.deepEqual(
    server.said({ from: 'agent' }).map(({ text, name, at }) => [text, name, at]),
    [['Let me look', 'Grace', Date.UTC(2030, 0, 2, 3, 4, 6)]],
  );
  await assert.rejects(server.clock.advance(-1), RangeError);
});

test('an agent who does not answer is followed by the next one, then nobody is left', async () => {
  start({ agents: ['Grace', 'Ida'], settings: { assignTimeout: 10 } });
  server.agent('Grace').ignores();
  server.agent('Ida').rejects({ after: 2000 });
  const { client, chatId } = await visitor();
  assert.equal((await client.ask('chats:assign', { chatId })).data.agent.name, 'Grace');
  await server.clock.advance(10_000);
  assert.match(server.transcript(), /Ida is invited/);
  assert.equal(client.pushes('forever:alone').length, 0);
  await server.clock.advance(2000);
  assert.equal(client.pushes('forever:alone').length, 0, 'Grace is asked again');
  await server.clock.advance(100_000);
  assert.deepEqual(
    client.pushes('forever:alone').map(({ data }) => data),
    [{ chatId }],
  );
});

test('agents greet, read, leave and close by their rules', async () => {
  start();
  server
    .agent('Grace')
    .greets('Welcome')
    .reads()
    .answers('bye', 'Goodbye', { then: 'close' })
    .answers(/again/, () => undefined)
    .answers(true, 'Pardon?', { times: 1 });
  const { client, chatId } = await attended();
  for (const message of ['well', 'once again', 'well', 'bye']) await client.ask('messages:new', { chatId, message });
  await tasks();
  assert.deepEqual(
    server.said().map(({ from, text }) => `${from}: ${text}`),
    [...['agent: Welcome', 'visitor: well', 'agent: Pardon?', 'visitor: once again', 'visitor: well', 'visitor: bye', 'agent: Goodbye']],
  );
  assert.equal(client.pushes('messages:read').length, 4);
  assert.match(client.pushes('system:info')[0].data.data.ticketNumber, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  assert.deepEqual(
    server.chats.map(({ status, users }) => [status, users]),
    [['closed', ['Ada', 'Grace']]],
  );
});

test('a queue tells positions, and serves the first when an agent has time', async () => {
  start({ settings: { queue: true, maxChatsPerAgent: 1 } });
  const first = await visitor();
  const second = await visitor();
  assert.deepEqual(
    second.client.pushes('queues:update').map(({ data }) => data.data),
    [{ queuePosition: 2, waitingTime: 120 }],
  );
  await server.clock.advance(30_000);
  const grace = server.agent('Grace');
  await tasks();
  assert.deepEqual(grace.chats, [first.chatId]);
  assert.deepEqual(second.client.pushes('queues:update').at(-1).data.data, { queuePosition: 1, waitingTime: 30 });
  grace.close();
  await tasks();
  assert.deepEqual(grace.chats, [second.chatId]);
});

test('refusals: any code, with Retry-After, a full disk, a token that ends', async () => {
  start();
  const { client, chatId, token } = await visitor();
  const refused = server.faults.tooMany(7, { of: '/users', times: 1 });
  const answer = await post('/users', {});
  assert.deepEqual([answer.status, answer.headers.get('retry-after'), refused.hits], [429, '7', 1]);
  assert.equal((await post('/users', {})).status, 200, 'only once');
  const full = server.faults.fullDisk();
  assert.equal((await client.ask('messages:new', { chatId, message: 'x' }, 'first')).error.code, 507);
  full.end();
  assert.equal((await client.ask('messages:new', { chatId, message: 'y' })).error.code, 503, 'the first goes first');
  assert.equal((await client.ask('messages:new', { chatId, message: 'x' }, 'first')).data.message.message, 'x');
  const silly = server.faults.refuse(409, { of: 'messages:new', message: 'The shop counts its stock.', after: 1 });
  assert.ok((await client.ask('messages:new', { chatId, message: 'passes' })).data);
  assert.equal((await client.ask('messages:new', { chatId, message: 'does not' })).error.message, 'The shop counts its stock.');
  assert.equal(silly.hits, 1);
  server.faults.clear();
  server.faults.refuse(503, { of: 'session:open' });
  const other = new Client();
  await other.open;
  assert.equal((await other.ask('session:open', { appId: 'demo', token })).error.reason, 'store-failed');
  assert.equal(other.pushes('bye')[0].data.retryAfter, 1);
});

test('lies: twice, lost, out of order, broken, or whatever a test makes of a frame', async () => {
  start({ agents: ['Grace'] });
  const { client } = await attended();
  const grace = server.agent('Grace');
  const said = () =>
    client.frames.flatMap((frame) => (frame.broken ? ['broken'] : frame.event === 'messages:new' ? [frame.data.message.message] : []));
  const of = { of: 'messages:new', times: 1 };
  for (const lie of [server.faults.duplicate(of), server.faults.drop(of), server.faults.garble(of), server.faults.reorder(of)]) {
    grace.say('one');
    assert.equal(lie.hits, 1);
  }
  grace.say('two');
  const wrong = server.faults.lie((frame) => ({ ...frame, seq: 1 }), of);
  grace.say('three');
  await tasks();
  assert.deepEqual(said(), ['one', 'one', 'broken', 'two', 'one', 'three']);
  assert.deepEqual([wrong.hits, client.pushes('messages:new').at(-1).seq], [1, 1]);
});

test('delays keep the order; silence and a half-open connection say nothing', async () => {
  start({ agents: ['Grace'] });
  const { client, chatId } = await attended();
  const slow = server.faults.delay(1000, { to: 'client' });
  assert.equal(await client.ask('messages:new', { chatId, message: 'slow' }, 's'), undefined);
  slow.end();
  server.agent('Grace').say('behind it');
  await server.clock.advance(1000);
  assert.deepEqual(
    client.frames.slice(-2).map(({ id, event }) => id ?? event),
    ['s', 'messages:new'],
  );
  assert.ok(slow.hits > 0);
  const silence = server.faults.silence();
  assert.equal(await client.ask('messages:new', { chatId, message: 'lost' }), undefined);
  assert.deepEqual([silence.hits, client.closed, server.said().length], [1, [], 2]);
  silence.end();
  const half = server.faults.halfOpen({ times: 1 });
  const other = new Client();
  await other.open;
  assert.equal(await other.ask('ping', {}), undefined);
  assert.equal(half.hits, 1);
});

test('offline: what is open breaks, nothing comes about, until it ends', async () => {
  start();
  const { client } = await visitor();
  const hole = server.faults.offline();
  await tasks();
  assert.deepEqual(client.closed, [1006]);
  const other = new Client();
  await tasks();
  assert.deepEqual(other.closed, [1006]);
  await assert.rejects(post('/users', {}), new TypeError('Failed to fetch'));
  hole.end();
  assert.equal((await post('/users', {})).status, 200);
});

test('a restart says bye and goes on with its log; a crash breaks; without its log all is forgotten', async () => {
  start({ agents: ['Grace'] });
  const { client, chatId, token } = await attended();
  const { seq } = (await client.ask('messages:new', { chatId, message: 'before' })).data;
  server.restart({ downFor: 5000 });
  await tasks();
  assert.deepEqual(
    client.pushes('bye').map(({ data }) => data),
    [{ code: 1001, reason: 'server is going away', retryAfter: 5 }],
  );
  await assert.rejects(post('/users', {}), TypeError);
  await server.clock.advance(5000);
  const again = await visitor(undefined, { [chatId]: seq }, token);
  assert.equal(again.session.chats[chatId].status, 'active');
  server.agent('Grace').say('after');
  await tasks();
  assert.deepEqual(
    again.client.pushes('messages:new').map(({ data }) => data.message.message),
    ['after'],
  );
  server.restart({ crash: true });
  await tasks();
  assert.deepEqual([again.client.pushes('bye'), again.client.closed], [[], [1006]]);
  const saved = server.save();
  server.restart({ log: false });
  assert.equal(server.chats.length, 0);
  server.close();
  start({ from: saved });
  assert.deepEqual(
    server.said().map(({ text }) => text),
    ['before', 'after'],
  );
});

test('behind a proxy that knows no WebSockets, the connection goes by HTTP', async () => {
  start({ agents: ['Grace'] });
  const blocked = server.faults.blockWebSockets();
  const cut = new Client();
  await tasks();
  assert.deepEqual([cut.closed, blocked.hits], [[1006], 1]);
  const { client, chatId } = await visitor(new HttpSocket(`${server.url}/v1/socket`));
  await client.ask('chats:assign', { chatId });
  server.agent('Grace').say('Hello by HTTP');
  await tasks();
  assert.equal(client.pushes('messages:new')[0].data.message.message, 'Hello by HTTP');
  client.close();
  await tasks();
  assert.equal(server.connections, 0);
});

test('a wait that fails says what was said instead', async () => {
  start({ agents: ['Grace'] });
  server.agent('Grace').answers(true, 'Never mind', { after: 800 });
  const { client, chatId } = await attended();
  await client.ask('messages:new', { chatId, message: 'Hello?' });
  assert.equal((await server.expectMessage(/^Hell/)).from, 'visitor');
  const failed = await server.expectMessage('Good day', { from: 'agent', within: 20 }).catch(({ message }) => message);
  for (const part of [
    /^a message of the agent "Good day": did not happen within 20 ms/,
    /clock\.advance\(800\) lets it happen/,
    /Ada \(visitor\): Hello\?/,
    /Grace has joined/,
    /1 -> \{"id":"r3","event":"messages:new"/,
  ]) {
    assert.match(failed, part);
  }
  const later = server.expectMessage('Never mind');
  await server.clock.advance(800);
  assert.equal((await later).name, 'Grace');
});
