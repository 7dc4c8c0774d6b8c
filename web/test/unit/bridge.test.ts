import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Bridge, type BridgeEnds } from '../../src/engine/bridge';
import { type Call, Calls } from '../../src/engine/calls';
import { Runner } from '../../src/engine/runner';
import type { Effect } from '../../src/shared/abi';
import { FakeCore } from './fake-core';
import { newPage, tasks } from './page';

let page: ReturnType<typeof newPage>;
let fake: FakeCore;
let delivered: Effect[];
let refused: string[];
let bridge: Bridge;

beforeEach(async () => {
  page = newPage();
  fake = new FakeCore();
  delivered = [];
  refused = [];
  const answer = (call: Call | undefined, value: unknown) => call?.resolve(value);
  const delivery = {
    deliver: (effects: Effect[]) => delivered.push(...effects),
    opening() {},
    opened() {},
    note() {},
    answer,
  };
  const ends = {
    delivery,
    calls: new Calls(delivery),
    session() {},
    ended() {},
    refused: (message: string) => refused.push(message),
  } as unknown as BridgeEnds;
  const beginning = { version: '1.2.3', again: false, first: undefined };
  bridge = await Bridge.to((ends) => Runner.start(async () => fake.code, beginning, ends, fake.begin), ends);
});

const last = () => fake.entries.at(-1)!;

// Has the bridge make this WebSocket.
function dial(socket: object, epoch: number): WebSocket {
  globalThis.WebSocket = function made() {
    return socket;
  } as unknown as typeof WebSocket;
  fake.host.dial('websocket', 'ws://chat.example/v1/socket', epoch);
  return socket as WebSocket;
}

test('text goes in as UTF-8 and comes out again, also when the memory grows', async () => {
  fake.answer = ({ id, args }) => [['settle', id, args.text]];
  for (const text of ['', 'plain', 'é😀\u0000', 'ü'.repeat(300_000)]) {
    assert.equal(await bridge.call('chat.send', { chatId: 'c', text }), text);
  }
});

test('a frame goes in with its length and the epoch of its socket', () => {
  const socket = dial({}, 4);
  socket.onopen!({} as Event);
  assert.deepEqual(last(), { name: 'socket', numbers: [4, 1, 0] });
  fake.react = () => [['event', 'frame', 1]];
  socket.onmessage!({ data: 'hej å' } as MessageEvent);
  assert.deepEqual(last(), { name: 'frames', numbers: [4, 6], text: 'hej å' });
  assert.deepEqual(delivered, [['event', 'frame', 1]]);
  socket.onmessage!({ data: new ArrayBuffer(4) } as MessageEvent);
  assert.equal(fake.entries.length, 2, 'the protocol has text only');
  fake.react = () => [];
  socket.onclose!({ code: 1006 } as CloseEvent);
  assert.deepEqual(last(), { name: 'socket', numbers: [4, 2, 1006] });
});

test("what the page's policy refuses at the hosts that the core connects to is told, each once", () => {
  const violation = (blockedURI: string, more: object = {}) =>
    page.window.dispatchEvent(
      Object.assign(new Event('securitypolicyviolation'), { blockedURI, effectiveDirective: 'connect-src', disposition: 'enforce' }, more),
    );
  dial({}, 1);
  violation('ws://chat.example/v1/socket');
  violation('ws://chat.example/v1/socket');
  violation('ws://chat.example/v1/socket', { effectiveDirective: 'img-src' });
  violation('http://chat.example/v1/apps', { disposition: 'report' });
  violation('http://elsewhere.example/');
  violation('inline');
  assert.deepEqual(refused, ["the page's policy lacks ws://chat.example in connect-src"]);
});

const message = { id: 'c.2', chat: 'c', sender: 'agent', type: 'text', message: 'hej å', created: 1 };
const frame = (data: object, more = '') => `{"seq":9,"prev":7,${more}"event":"messages:new","data":${JSON.stringify(data)}}`;

test('the message of somebody else goes in as ids, and comes out whole, as objects of its own', () => {
  const socket = dial({}, 4);
  fake.react = () => [
    ['append', 'c', [{ $: 1 }], ''],
    ['event', 'messages:new', { $: 0 }],
    ['chat', 'c', 'message:received', { $: 0 }],
  ];
  const data = { chatId: 'c', userId: 'u', message };
  socket.onmessage!({ data: frame(data) } as MessageEvent);
  assert.deepEqual(last(), { name: 'said', numbers: [4, 9, 7, 1, 1, 3, 5, 0, 0], text: 'cuc.2agent' });
  assert.deepEqual(delivered, [
    ['append', 'c', [message], ''],
    ['event', 'messages:new', data],
    ['chat', 'c', 'message:received', data],
  ]);
  const [[, , [first]], [, , second], [, , , third]] = delivered as any;
  assert.equal(new Set([first, second.message, third.message]).size, 3);
});

const reply = (data: object, more = '') => `{"id":"e1",${more}"data":${JSON.stringify(data)}}`;

test("the reply to the page's own message goes in as ids too", () => {
  const socket = dial({}, 4);
  fake.react = () => [
    ['append', 'c', [{ $: 1 }], ''],
    ['parley', 'message', { chatId: 'c', eventId: 'e1', state: 'sent', text: 'hej å', message: { $: 1 } }],
    ['event', 'whole', { $: 0 }],
  ];
  const data = { message, seq: 9, prev: 7 };
  socket.onmessage!({ data: reply(data) } as MessageEvent);
  assert.deepEqual(last(), { name: 'said', numbers: [4, 9, 7, 0, 0, 3, 5, 2, 0], text: 'c.2agente1' });
  assert.deepEqual(delivered, [
    ['append', 'c', [message], ''],
    ['parley', 'message', { chatId: 'c', eventId: 'e1', state: 'sent', text: 'hej å', message }],
    ['event', 'whole', data],
  ]);
  socket.onmessage!({ data: reply({ message, userId: 'u', success: true }) } as MessageEvent);
  assert.deepEqual(last().numbers, [4, 0, 0, 0, 0, 3, 5, 2, 0], 'of one that was read before');
});

const part = (messages: unknown[], from = 0) =>
  `{"event":"chats:history","data":{"chatId":"c","from":${from},"history":${JSON.stringify(messages)}}}`;

test('the messages of a history stay in the page while the core holds no chat', () => {
  const socket = dial({}, 4);
  const hear = (text: string) => {
    socket.onmessage!({ data: text } as MessageEvent);
    return last().text;
  };
  fake.react = () => [['part', 'c', 140, [{ $: 2 }]]];
  assert.equal(hear(part([message, message], 140)), '{"event":"chats:history","data":{"chatId":"c","from":140,"history":[{"$":2}]}}');
  assert.deepEqual(delivered.pop(), ['part', 'c', 140, [message, message]]);
  fake.react = () => [];
  for (const text of [
    part([{ ...message, id: 7 }]),
    part([null]),
    part([message]).slice(0, -1),
    part([message]).replace('"from"', '"to":0,"from"'),
  ]) {
    assert.equal(hear(text), text);
  }
  fake.react = () => [['open', { id: 'c', history: [] }]];
  hear('the chat');
  fake.react = () => [['part', 'c', 0, [message]]];
  assert.equal(hear(part([message])), part([message]), 'it may look for what was missed');
});

test('a core that takes over chats gets their histories whole', async () => {
  const over = { apply() {}, failed() {} };
  await Runner.start(async () => fake.code, { version: '1.2.3', again: true, first: undefined }, over, fake.begin);
  const socket = dial({}, 4);
  fake.react = () => [];
  socket.onmessage!({ data: part([message]) } as MessageEvent);
  assert.equal(last().text, part([message]));
});

test('a frame with anything unusual goes in as it is', () => {
  const socket = dial({}, 4);
  fake.react = () => [];
  const { id: _, ...nameless } = message;
  for (const text of [
    frame({ chatId: 'c', userId: 'u', message }, '"eventId":"own",'),
    frame({ chatId: 'c', userId: 'å', message }),
    frame({ chatId: 'c', userId: 7, message }),
    frame({ chatId: 'c', message }),
    frame({ chatId: 'c', userId: 'u', message: nameless }),
    frame({ chatId: 'c', userId: 'u', message: null }),
    frame({ chatId: 'c', userId: 'u', message: { ...message, media: { name: 'a' } } }),
    frame({ chatId: 'c', userId: 'u', message, user: { id: 'u' } }),
    frame({ chatId: 'c', userId: 'u', message }).slice(0, -1),
    frame({ chatId: 'c', userId: 'u', message }).replace('9', '0'),
    frame({ chatId: 'c', userId: 'u', message }).replace('9', '9007199254740993'),
    frame({ chatId: 'c', userId: 'u', message }).replace(/}$/, ',"id":"e1"}'),
    reply({ message, seq: -9, prev: 7 }),
    reply({ message, seq: 9.5, prev: 7 }),
    reply({ message, seq: '9', prev: 7 }),
    reply({ message, seq: 9, prev: 7, chat: { id: 'c' } }),
    reply({ message: nameless, seq: 9, prev: 7 }),
    reply({ message: { ...message, media: { name: 'a' } }, seq: 9, prev: 7 }),
    reply({ message, seq: 9, prev: 7 }).replace(/}$/, ',"event":"x"}'),
    reply({ message, seq: 9, prev: 7 }).replace(/}$/, ',"error":{"code":500,"message":"no"}}'),
    reply({ message, seq: 9, prev: 7 }).replace('e1', 'é'),
  ]) {
    socket.onmessage!({ data: text } as MessageEvent);
    assert.equal(last().name, 'frames', text);
    assert.equal(last().text, text);
  }
});

test('timers: armed anew, disarmed, and never longer than a browser can', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const effects = (...list: unknown[][]) => {
      fake.react = () => list;
      page.window.dispatchEvent(new Event('online'));
      fake.react = () => [];
    };
    const fired = () => fake.entries.filter((entry) => entry.name === 'timer').map((entry) => entry.numbers[0]);
    effects(['arm', 1, 10], ['arm', 2, 10], ['arm', 3, 1e12], ['arm', 1, 20], ['disarm', 2]);
    mock.timers.tick(10);
    assert.deepEqual(fired(), []);
    mock.timers.tick(10);
    assert.deepEqual(fired(), [1]);
    mock.timers.tick(1_000_000);
    assert.deepEqual(fired(), [1]);
  } finally {
    mock.timers.reset();
  }
});

test('a fetch comes back with status and body, or with its reason', async () => {
  fake.host.fetched(Promise.resolve(new Response('bödy', { status: 404 })), 7);
  await tasks();
  assert.deepEqual(last(), { name: 'fetched', numbers: [7, 404], text: 'bödy' });
  fake.host.fetched(Promise.reject(new TypeError('no network')), 8);
  while (last().numbers[0] !== 8) await tasks();
  assert.deepEqual(last(), {
    name: 'fetched',
    numbers: [8, 0],
    text: 'no network (network, CORS or an extension)',
  });
});

test('the page tells of network and visibility', () => {
  for (const name of ['online', 'offline', 'pageshow']) page.window.dispatchEvent(new Event(name));
  page.document.visibilityState = 'hidden';
  page.document.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual(
    fake.entries.map((entry) => entry.numbers[0]),
    [1, 2, 3, 4],
  );
});

test('the page tells when it goes into the cache of the browser, and when it comes back', () => {
  for (const [name, persisted] of [
    ['pagehide', true],
    ['pageshow', true],
    ['pagehide', false],
  ] as const)
    page.window.dispatchEvent(Object.assign(new Event(name), { persisted }));
  assert.deepEqual(
    fake.entries.map((entry) => entry.numbers[0]),
    [5, 6, 3, 4],
  );
});

test('after a WebSocket that did not open one asks whether anybody is there, and makes the next when it is answered', async () => {
  let made: any[] = [];
  const attempt = async (epoch: number, answer: Response | TypeError | undefined) => {
    const asked: string[] = [];
    made = [];
    globalThis.fetch = (async (url: string, { method }: RequestInit) => {
      asked.push(`${method} ${url}`);
      if (!(answer instanceof Response)) throw answer;
      return answer;
    }) as typeof fetch;
    const socket = { sent: [] as string[], send: (text: string) => socket.sent.push(text), close() {} };
    globalThis.WebSocket = function made_() {
      made.push(socket);
      return socket;
    } as unknown as typeof WebSocket;
    const given = fake.host.dial('websocket', 'ws://chat.example/v1/socket', epoch) as unknown as WebSocket;
    await tasks();
    return { asked, given, made: made.length };
  };
  const asking = ['HEAD http://chat.example/v1/socket'];
  const end = (code: number) => made[0].onclose({ code });

  assert.deepEqual((await attempt(1, undefined)).asked, [], 'the first');
  end(1006);
  const there = await attempt(2, new Response(null, { status: 204 }));
  assert.deepEqual([there.asked, there.made], [asking, 1]);
  there.given.send('a frame');
  assert.deepEqual(made[0].sent, ['a frame']);
  end(1006);
  assert.deepEqual(last(), { name: 'socket', numbers: [2, 2, 1006] });
  for (const answer of [new TypeError('no network'), new Response(null, { status: 502 })]) {
    const gone = await attempt(3, answer);
    assert.deepEqual([gone.asked, gone.made], [asking, 0]);
    assert.deepEqual(last(), { name: 'socket', numbers: [3, 3, 0] });
  }
  assert.equal((await attempt(4, new Response(null, { status: 404 }))).made, 1, 'whoever answers is there');
  made[0].onopen({});
  end(1006);
  assert.deepEqual((await attempt(5, undefined)).asked, [], 'the last one had opened');
});

test('a step is whole before the next begins', async () => {
  let entered = 0;
  fake.within = () => {
    fake.within = () => {};
    void bridge.call('retry', { eventId: 'inner' });
    entered = fake.entries.length;
  };
  await bridge.call('retry', { eventId: 'outer' });
  assert.equal(entered, 1, 'the inner call waits');
  assert.deepEqual(
    fake.entries.map((entry) => JSON.parse(entry.text!).args.eventId),
    ['outer', 'inner'],
  );
});

test('the core is resumed now and then, for its background work', async () => {
  for (let i = 0; i < 1000; i++) await bridge.call('logout', {});
  assert.equal(fake.resumes, 3);
});

test('records go to the outbox, which writes what it has when the page may end', () => {
  const kept: unknown[] = [];
  const outbox = { put: (...record: unknown[]) => void kept.push(record), take: async () => [], write: () => void kept.push('write') };
  bridge.keepIn(outbox as never, {} as never);
  fake.react = ({ name }) =>
    name === 'page'
      ? [
          ['persist', 'e1', { text: 'x' }, 0, false],
          ['persist', 'e0', null, 0, true],
        ]
      : [];
  page.window.dispatchEvent(new Event('pagehide'));
  assert.deepEqual(kept, [['e1', { text: 'x' }, false], ['e0', null, true], 'write']);
});

test('at the end timers, sockets and listeners are let go', async () => {
  let closed = 0;
  const socket = dial({ close: (code: number) => void (closed = code) }, 1);
  let ran = false;
  fake.go._scheduledTimeouts.set(
    1,
    setTimeout(() => (ran = true), 0),
  );
  fake.react = () => [['fatal', 'a defect']];
  page.window.dispatchEvent(new Event('online'));
  fake.react = () => [];
  const before = fake.entries.length;
  assert.equal(closed, 1000);
  socket.onmessage!({ data: 'late' } as MessageEvent);
  socket.onclose!({ code: 1000 } as CloseEvent);
  page.window.dispatchEvent(new Event('online'));
  assert.equal(fake.entries.length, before);
  await assert.rejects(bridge.call('logout', {}), { code: 500, message: 'a defect' });
  assert.equal(bridge.stats(), null);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(ran, false, 'a timer of Go itself');
});

test('figures', () => {
  assert.deepEqual(bridge.stats(), { heap: 7, memory: fake.memory.buffer.byteLength, references: 2 });
});
