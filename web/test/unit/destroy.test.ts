// ICF.Parley.destroy: what waits is rejected, nothing is heard any more, and init begins anew.

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { HttpSocket } from '../../src/engine/http-socket';
import { Outbox } from '../../src/engine/outbox';
import { Core, Parley } from '../../src/sdk/core';
import { Lobby } from '../../src/sdk/lobby';
import { Emitter } from '../../src/shared/listeners';
import { chatStore } from '../../src/store/store';
import { ChatPage, chatData as chatOf } from './chat-page';
import { coreOptions as options } from './core-options';
import { FakeCore } from './fake-core';
import { newPage, reported, tasks } from './page';

const gone = { code: 499, reason: 'destroyed', message: 'ICF.Parley.destroy was called' };
const chatData = { id: 'c1', status: 'waiting', users: [{ id: 'me' }], watchers: [], history: [], seq: 3 };

let page: ReturnType<typeof newPage>;
let fake: FakeCore;
let icf: { isInit: boolean };
let lobby: Lobby;
let events: Emitter;
let parley: Parley;
let core: Core;

beforeEach(() => {
  page = newPage();
  Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true });
  fake = new FakeCore();
  icf = { isInit: false };
  events = new Emitter();
  parley = new Parley(
    () => core,
    () => {},
  );
  lobby = new Lobby(() => core);
  core = new Core({ icf, lobby, events, parley }, '1.2.3', fake.loader);
});

const opened = async () => {
  fake.answer = ({ id }) => [
    ['session', { isInit: true, logged: true, user: { id: 'me' }, token: 't' }],
    ['open', chatData],
    ['settle', id, 'c1'],
  ];
  await core.begin(options);
  await tasks();
  fake.answer = () => [];
  return lobby.chats.c1!;
};
const code = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error) => error.code,
  );

test('what waits is rejected; a message that the browser cannot store, too', async () => {
  const chat = await opened();
  const call = chat.searchAgent();
  fake.answer = ({ id }) => [['persist', 'e1', { id: 'e1' }, id, false]];
  const sent = chat.sendMessage('x');
  const refused = Promise.all([assert.rejects(call, gone), assert.rejects(sent, gone)]);
  await core.destroy();
  await refused;
  assert.deepEqual([icf.isInit, lobby.logged, lobby.chats, core.user, core.token, core.begun], [false, false, {}, null, null, false]);
  await assert.rejects(chat.sendMessage('y'), gone);
  assert.equal(chat.hasOtherUsers(), false, 'it knows whose it was');
  await assert.rejects(core.call('chat.send', { chatId: 'c1', text: 'y' }), { code: 400, message: 'call ICF.init first' });
});

test('nothing is heard after it, and the next init has another core', async () => {
  const chat = await opened();
  const heard: string[] = [];
  chat.on('message:received', () => heard.push('chat'));
  parley.on('connection', () => heard.push('connection'));
  parley.on('change', ({ chatIds }) => {
    heard.push(`change ${chatIds.length} ${lobby.logged} ${Object.keys(lobby.chats).length}`);
    void core.destroy();
  });
  lobby.on('system:info', () => heard.push('lobby'));
  events.on('x', () => heard.push('x'));
  fake.react = () => [
    ['chat', 'c1', 'message:received', { message: {} }],
    ['parley', 'connection', { state: 'open' }],
    ['lobby', 'system:info', {}],
    ['event', 'x', 1],
  ];
  const ended = core.destroy();
  page.window.dispatchEvent(new Event('online'));
  await ended;
  page.window.dispatchEvent(new Event('online'));
  assert.deepEqual([heard, parley.connection], [['change 0 false 0'], { state: 'closed', code: 0 }], 'but for the last event');
  const again = await opened();
  assert.deepEqual([fake.starts, again === chat, heard], [2, false, ['change 0 false 0']]);
});

test('what listeners got is noted at once for the next chat, and no timer is left for it', async () => {
  const chat = await opened();
  const noted: string[] = [];
  const storage = { getItem: () => null, setItem: (_: string, value: string) => noted.push(value) };
  Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true });
  chat.on('message:received', () => {});
  const message = { id: 'c1.1', chat: 'c1', sender: 'agent', message: 'hello', created: 1 };
  fake.react = () => [
    ['append', 'c1', [message]],
    ['chat', 'c1', 'message:received', { message }],
  ];
  page.window.dispatchEvent(new Event('pageshow'));
  fake.react = () => [];
  assert.equal(noted.includes('c1 1'), false);
  const ended = core.destroy();
  assert.equal(noted.includes('c1 1'), true);
  await ended;
});

test('in a listener: those that the event has not reached yet are not called', async () => {
  const chat = await opened();
  const heard: string[] = [];
  let ended: Promise<void> | undefined;
  chat.on('chat:closed', () => {
    heard.push('first');
    ended = core.destroy();
    chat.on('chat:closed', () => heard.push('added'));
  });
  chat.on('chat:closed', () => heard.push('second'));
  events.on('x', () => heard.push('x'));
  fake.react = () => [
    ['chat', 'c1', 'chat:closed', {}],
    ['event', 'x', 1],
  ];
  page.window.dispatchEvent(new Event('online'));
  await ended;
  assert.deepEqual(heard, ['first']);
});

test('during init, also while its files do not come, and in the middle of another start', async () => {
  const { compiled, engine } = fake.loader;
  for (const [late, load] of [
    ['engine', engine],
    ['compiled', compiled],
    ['neither', async () => {}],
  ] as const) {
    let comes!: () => void;
    const there = new Promise<void>((resolve) => (comes = resolve));
    Object.assign(fake.loader, { engine, compiled, [late]: () => there.then(load) });
    fake.answer = () => []; // nor does the core answer
    const init = code(core.begin(options));
    const waits = code(core.call('logout', {}));
    await tasks();
    await core.destroy();
    comes();
    assert.deepEqual([await init, await waits], [499, 499], late);
  }
  assert.equal(fake.starts, 1, 'none for nothing');
  await opened();
  fake.answer = () => [];
  fake.exit();
  page.window.dispatchEvent(new Event('online')); // it is seen
  const waits = code(core.call('logout', {}));
  await core.destroy();
  assert.equal(await waits, 499);
  await opened();
  assert.equal(icf.isInit, true);
});

test('init, destroy, init without waiting; twice; and before init', async () => {
  await Promise.all([core.destroy(), core.destroy()]);
  fake.answer = ({ id }) => [['settle', id, null]];
  const first = code(core.begin(options));
  const ended = [core.destroy(), core.destroy()];
  const second = code(core.begin({ ...options, appId: 'other' }));
  await Promise.all(ended);
  assert.deepEqual([await first, await second], [499, 'done']);
  assert.equal(await code(core.begin(options)), 409, 'the second one counts');
});

test('a chat that is about to be handed over is not', async () => {
  await opened();
  fake.answer = ({ id }) => [['settle', id, 'c1']];
  const call = core.call('chat.load', { id: 'c1', config: {} }).then((id) => core.chat(id));
  void core.destroy();
  await assert.rejects(call, gone);
});

test('a core that ends while it is let go of starts no other one', async () => {
  const errors = reported();
  await opened();
  fake.exit();
  await core.destroy();
  await tasks();
  assert.deepEqual([fake.starts <= 2, core.begun, errors], [true, false, []]);
});

test('the outbox writes what is under way, then another page takes it; what opens too late is closed', async () => {
  const stored = new Map<string, any>();
  let [open, closed] = [0, 0];
  const transaction = () => {
    const made: any = {};
    made.objectStore = () => ({ transaction: made, put: (record: any, key: string) => stored.set(key, record) });
    made.commit = () => setImmediate(() => made.oncomplete());
    return made;
  };
  const database = { transaction, close: () => void closed++ };
  const requests: any[] = [];
  const answer = () => queueMicrotask(() => requests.at(-1).onsuccess());
  const idb = { open: () => (open++, answer(), requests.push({ result: database }), requests.at(-1)) };
  Object.defineProperty(globalThis, 'indexedDB', { value: idb, configurable: true });
  const outbox = new Outbox('test', assert.fail);
  outbox.put('a', { id: 'a' }, false);
  assert.deepEqual([...(await outbox.end())], []);
  assert.deepEqual([[...stored.keys()], open, closed], [['a'], 1, 1]);

  idb.open = () => (requests.push({ result: database }), requests.at(-1));
  mock.timers.enable({ apis: ['setTimeout'] });
  const late = new Outbox('test', () => {});
  late.put('b', { id: 'b' }, false);
  await tasks();
  mock.timers.tick(3000);
  mock.timers.reset();
  assert.deepEqual([...(await late.end())], ['b'], 'it is lost');
  requests.at(-1).onsuccess();
  assert.equal(closed, 2);
});

test('a connection by HTTP says goodbye, and waits some seconds at most for a network that hangs', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const asked: string[] = [];
  let aborted = 0;
  globalThis.fetch = ((_: string, { body, signal }: { body: string; signal: AbortSignal }) => {
    asked.push(body.split('\n')[0]!);
    signal.addEventListener('abort', () => aborted++);
    return body.startsWith('open')
      ? Promise.resolve(new Response('7\nend'))
      : new Promise((_, reject) => signal.addEventListener('abort', reject));
  }) as typeof fetch;
  const socket = new HttpSocket('http://chat.example/v1/poll');
  await tasks();
  socket.close();
  await tasks();
  assert.deepEqual(asked, ['open', 'poll 7 1', 'close 7']);
  mock.timers.tick(5_000);
  mock.timers.reset();
  assert.equal(aborted, 3);
});

test('a store goes on: it shows the end, and the next chat', async () => {
  const own = new ChatPage();
  const store = chatStore(own.icf);
  await own.begin(chatOf());
  assert.equal(store.chat().getSnapshot()!.id, 'c1');
  let drawn = 0;
  store.subscribe(() => drawn++);
  await own.icf.Parley.destroy();
  assert.deepEqual([store.getSnapshot().isInit, store.getSnapshot().chatIds, drawn], [false, [], 1]);
  await own.begin(chatOf({ id: 'c2' }));
  assert.deepEqual([store.getSnapshot().chatIds, store.chat().getSnapshot()!.id], [['c2'], 'c2']);
  const before = drawn;
  await own.push(['parley', 'connection', { state: 'waiting', code: 1006 }]);
  assert.equal(drawn, before + 1, 'it listens once');
});
