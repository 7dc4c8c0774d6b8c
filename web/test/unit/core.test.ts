import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Core, Parley } from '../../src/sdk/core';
import { Lobby } from '../../src/sdk/lobby';
import { Emitter } from '../../src/shared/listeners';
import { coreOptions as options } from './core-options';
import { FakeCore } from './fake-core';
import { newPage, reported, tasks } from './page';

const chatData = (id: string) => ({ id, status: 'waiting', users: [{ id: 'me' }], watchers: [], history: [], seq: 3 });

let page: ReturnType<typeof newPage>;
let fake: FakeCore;
let icf: { isInit: boolean };
let lobby: Lobby;
let events: Emitter;
let parley: Parley;
let core: Core;

beforeEach(() => {
  page = newPage();
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

const created = async (id = 'c1') => {
  fake.answer = (command) => [
    ['open', chatData(id)],
    ['settle', command.id, id],
  ];
  await core.begin(options);
  return core.chat(await core.call('chat.create', { config: {} }))!;
};

const opened = async (id?: string) => {
  const chat = await created(id);
  await tasks();
  return chat;
};

test('a call before init is refused, one during init waits', async () => {
  await assert.rejects(core.call('chat.create', { config: {} }), { code: 400, message: 'call ICF.init first' });
  const done = core.begin(options);
  const call = core.call('api', { method: 'GET', path: '/x' });
  await Promise.all([done, call]);
  assert.deepEqual(
    fake.entries.map((entry) => JSON.parse(entry.text!).name),
    ['init', 'api'],
  );
});

test('calls that wait for init are bounded and share its failure', async () => {
  fake.answer = ({ id }) => [['reject', id, { code: 401, message: 'unknown app' }]];
  const done = assert.rejects(core.begin(options), { code: 401, message: 'unknown app', error: { code: 401, message: 'unknown app' } });
  const calls = Array.from({ length: 1000 }, () => core.call('api', { method: 'GET', path: '/' }).catch((error) => error.code));
  await assert.rejects(core.call('api', { method: 'GET', path: '/' }), { code: 429 });
  assert.ok((await Promise.all(calls)).every((code) => code === 401));
  await done;
});

test('init is one promise for the same options, and can be tried again after a failure', async () => {
  const first = core.begin(options);
  assert.equal(core.begin({ ...options }), first);
  await assert.rejects(core.begin({ ...options, appId: 'other' }), { code: 409 });
  await first;
  assert.equal(core.begin(options), first);

  const second = new Core({ icf, lobby, events, parley }, '1.2.3', fake.loader);
  fake.answer = ({ id }) => [['reject', id, { code: 503, message: 'no server' }]];
  await assert.rejects(second.begin(options), { code: 503 });
  fake.answer = ({ id }) => [['settle', id, null]];
  await second.begin({ ...options, appId: 'other' });
  assert.equal(fake.starts, 2, 'the running core is used again');
});

test('mirrors of the session', async () => {
  fake.answer = ({ id }) => [
    ['session', { isInit: true, logged: true, user: { id: 'me' }, token: 't' }],
    ['settle', id, null],
  ];
  await core.begin(options);
  assert.deepEqual([icf.isInit, lobby.logged, core.user?.id, core.token], [true, true, 'me', 't']);
  fake.answer = ({ id }) => [['session', { logged: false, token: null }], ['drop'], ['settle', id, null]];
  void lobby.close();
  assert.deepEqual([icf.isInit, lobby.logged, core.user?.id, core.token], [true, false, 'me', null], 'at once');
});

test('a chat has own data properties, and its methods on the prototype', async () => {
  const chat = await opened();
  assert.ok(Object.keys(chat).includes('id') && Object.keys(chat).includes('users') && Object.keys(chat).includes('closed'));
  assert.ok(!('seq' in chat) && !Object.keys(chat).includes('on'));
  assert.equal(chat.getId(), 'c1');
  assert.equal(JSON.parse(JSON.stringify(chat)).closed, false);
  assert.equal(lobby.chats.c1, chat);
});

test('news that come while a chat is opened wait for its listeners, in order with the mirrors', async () => {
  await core.begin(options);
  await tasks();
  fake.answer = ({ id }) => [
    ['open', chatData('c1')],
    ['patch', 'c1', { users: [{ id: 'me' }, { id: 'agent' }] }],
    ['chat', 'c1', 'user:joined', { user: { id: 'agent' } }],
    ['settle', id, 'c1'],
    ['append', 'c1', [{ id: 'c1.1' }], ''],
    ['chat', 'c1', 'message:received', { message: { id: 'c1.1' } }],
  ];
  const chat = core.chat(await core.call('chat.create', { config: {} }));
  const heard: unknown[] = [];
  chat
    .on('user:joined', () => heard.push(['joined', chat.users.length, chat.history.length]))
    .on('message:received', () => heard.push(['message', chat.history.length]));
  assert.deepEqual([heard, chat.users.length], [[], 1]);
  await tasks();
  assert.deepEqual(heard, [
    ['joined', 2, 0],
    ['message', 1],
  ]);
});

test('a long history comes in parts before its chat, maybe twice; with the first it begins anew', async () => {
  fake.answer = ({ id }) => [
    ['part', 'c1', 0, [{ id: 'c1.1', created: 1 }]],
    [
      'part',
      'c1',
      0,
      [
        { id: 'c1.1', created: 1 },
        { id: 'c1.2', created: 2 },
      ],
    ],
    ['part', 'c2', 0, [{ id: 'c2.1', created: 1 }]],
    ['part', 'c1', 2, [{ id: 'c1.3', created: 3 }]],
    ['part', 'c1', 2, [{ id: 'c1.3', created: 3 }]],
    ['open', { ...chatData('c1'), history: [{ id: 'c1.4', created: 4 }] }],
    ['settle', id, null],
  ];
  await core.begin(options);
  const ids = () => lobby.chats.c1!.history.map(({ id }) => id);
  assert.deepEqual(ids(), ['c1.1', 'c1.2', 'c1.3', 'c1.4']);
  fake.answer = ({ id }) => [
    ['part', 'c1', 0, [{ id: 'c1.1', created: 1, readBy: ['me'] }]],
    ['open', { ...chatData('c1'), history: [{ id: 'c1.5', created: 5 }] }],
    ['settle', id, 'c1'],
  ];
  await core.call('chat.load', { id: 'c1', config: {} });
  assert.deepEqual(ids(), ['c1.1', 'c1.2', 'c1.3', 'c1.4', 'c1.5']);
  assert.deepEqual(lobby.chats.c1!.history[0]!.readBy, ['me']);
});

test('news of a restored chat wait for init', async () => {
  fake.answer = ({ id }) => [
    ['open', chatData('c1')],
    ['lobby', 'system:info', { chatId: 'c1' }],
    ['settle', id, null],
  ];
  await core.begin(options);
  const heard: unknown[] = [];
  lobby.addEventListener('system:info', (data) => heard.push(data.chatId));
  assert.deepEqual(Object.keys(lobby.getUserChats()), ['c1']);
  await tasks();
  assert.deepEqual(heard, ['c1']);
});

test('what a listener causes comes after what was under way', async () => {
  const chat = await opened();
  const heard: string[] = [];
  fake.answer = ({ id, args }) => [
    ['created', id, 'e1', args.text, 'me'],
    ['append', 'c1', [{ id: 'own' }], ''],
    ['settle', id, { eventId: 'e1', message: { id: 'own' } }],
  ];
  chat.on('message:received', ({ message }) => {
    heard.push(`first ${message.id}`);
    if (message.id === 'm1') void chat.sendMessage('x', (eventId) => heard.push(`created ${eventId}`));
  });
  chat.on('message:received', ({ message }) => heard.push(`second ${message.id}`));
  fake.react = () =>
    ['m1', 'm2'].flatMap((id) => [
      ['append', 'c1', [{ id }], ''],
      ['chat', 'c1', 'message:received', { message: { id } }],
    ]);
  page.window.dispatchEvent(new Event('online'));
  assert.deepEqual(heard, ['first m1', 'created e1', 'second m1', 'first m2', 'second m2']);
  assert.deepEqual(
    chat.history.map((message) => message.id),
    ['m1', 'm2', 'own'],
  );
});

test("onCreate is called at once and before the promise resolves; its exception is the page's", async () => {
  const chat = await opened();
  const errors = reported();
  fake.answer = ({ id, args }) => [
    ['created', id, 'e1', args.text, 'me'],
    ['settle', id, { eventId: 'e1' }],
  ];
  const order: unknown[] = [];
  const sent = chat.sendMessage('hello', (...created) => {
    order.push(created);
    throw new Error('page fault');
  });
  assert.deepEqual(order, [['e1', 'hello', 'me']]);
  assert.equal((await sent).eventId, 'e1');
  assert.equal(errors.length, 1);
});

test("Lobby.chats is the page's to assign; open chats only are the user's", async () => {
  const chat = await opened();
  lobby.chats = {};
  assert.deepEqual(lobby.getUserChats(), {});
  fake.react = () => [
    ['patch', 'c1', { status: 'closed', closed: true }],
    ['open', chatData('c2')],
  ];
  page.window.dispatchEvent(new Event('online'));
  await tasks();
  assert.equal(chat.closed, true);
  assert.deepEqual(Object.keys(lobby.chats), ['c2']);
  fake.react = () => [['open', { ...chatData('c1'), status: 'closed' }]];
  page.window.dispatchEvent(new Event('online'));
  assert.equal(lobby.chats.c1, chat, 'a chat that is known stays the same object');
  assert.deepEqual(Object.keys(lobby.getUserChats()), ['c2']);
  lobby.chats = null as never;
  assert.deepEqual(lobby.getUserChats(), {});
  await lobby.close();
});

test('drop empties Lobby.chats in place, closing the lobby drops its listeners at once', async () => {
  await opened();
  const { chats } = lobby;
  const heard: string[] = [];
  lobby.on('system:info', () => void heard.push('before'));
  fake.react = () => [['drop'], ['lobby', 'system:info', {}]];
  page.window.dispatchEvent(new Event('online'));
  assert.deepEqual([lobby.chats === chats, Object.keys(chats), heard], [true, [], ['before']]);
  fake.answer = ({ id }) => [['settle', id, null]];
  void lobby.close();
  lobby.on('system:info', () => void heard.push('after'));
  page.window.dispatchEvent(new Event('online'));
  assert.deepEqual(heard, ['before', 'after']);
});

test('what is said in the moment after Chat.init is in the history when sendMessage resolves', async () => {
  const chat = await created();
  fake.answer = ({ id }) => [
    ['append', 'c1', [{ id: 'c1.1', sender: 'me', message: 'hi', created: 1 }], ''],
    ['settle', id, { eventId: 'e1' }],
  ];
  await chat.sendMessage('hi');
  assert.equal(chat.history[0]?.message, 'hi');
  await Promise.all([chat.sendMessage('and at the end'), core.destroy()]);
});

const again = () =>
  JSON.parse(fake.entries.findLast((entry) => entry.name === 'command' && entry.text!.includes('"again"'))!.text!).args.again;

test('another core takes the place of one that ends: what is stored waits on, the rest is rejected', async () => {
  fake.answer = ({ id }) => [
    ['session', { isInit: true, logged: true, user: { id: 'me' }, token: 't' }],
    ['settle', id, null],
  ];
  await core.begin(options);
  const chat = await opened();
  const told: unknown[] = [];
  parley.on('recovered', (data) => told.push(data)).on('fatal', (data) => told.push(data));
  fake.answer = ({ id, name }) =>
    name === 'chat.send'
      ? [
          ['persist', 'e1', { id: 'e1' }, id],
          ['at', 'c1', 9],
        ]
      : [];
  const stored = chat.sendMessage('x');
  const other = chat.searchAgent();
  fake.answer = ({ id, name, args }) => [
    ['settle', id, null],
    ...(name === 'init'
      ? [
          ['persist', 'e1', null],
          ['settle', args.again.calls.e1, { eventId: 'e1' }],
        ]
      : []),
  ];
  fake.exit();
  await assert.rejects(other, { code: 500, message: 'the chat core ended; it starts again' });
  assert.deepEqual(await stored, { eventId: 'e1' });
  await tasks();
  assert.deepEqual([told, icf.isInit, lobby.logged, lobby.chats.c1 === chat], [[{ crashes: 1 }], true, true, true]);
  assert.deepEqual([again().id, again().token, again().chats[0].id, again().chats[0].seq], ['me', 't', 'c1', 9]);
  assert.equal(fake.starts, 2);
});

test('what was refused of an earlier init has no effect on another core', async () => {
  fake.answer = ({ id }) => [['reject', id, { code: 404, message: 'unknown app' }]];
  await assert.rejects(core.begin({ ...options, api: 'http://wrong.example/v1', domainKey: 'wrong' }));
  fake.answer = ({ id }) => [
    ['session', { isInit: true, logged: true, user: { id: 'me' }, token: 't' }],
    ['settle', id, null],
  ];
  await core.begin(options);
  fake.exit();
  await tasks();
  assert.equal(fake.starts, 2);
  const { args } = JSON.parse(fake.entries.findLast(({ name }) => name === 'command')!.text!);
  assert.deepEqual([args.api, args.domainKey, args.again.id], [options.api, undefined, 'me']);
});

test('a core that ends three times within a minute is not started again before init is called', async () => {
  const chat = await opened();
  const told: unknown[] = [];
  parley.on('fatal', (data) => told.push(data));
  fake.answer = ({ id }) => [['settle', id, null]];
  for (let i = 0; i < 2; i++) {
    fake.exit();
    await tasks();
    await chat.searchAgent();
  }
  fake.answer = () => [['persist', 'e1', { id: 'e1' }, 0]];
  const pending = chat.sendMessage('x');
  fake.exit();
  await assert.rejects(pending, { code: 500, message: 'the chat core ended; ICF.init starts it again' });
  await assert.rejects(chat.sendMessage('y'), { code: 500 });
  assert.deepEqual([told, icf.isInit, lobby.logged, core.begun], [[{ message: 'the chat core ended' }], false, false, false]);
  const before = fake.entries.length;
  page.window.dispatchEvent(new Event('online'));
  assert.equal(fake.entries.length, before, 'no export is called any more');

  fake.answer = ({ id }) => [
    ['open', chatData('c1')],
    ['settle', id, 'c1'],
  ];
  await core.begin(options);
  assert.equal(lobby.chats.c1, chat, 'with its listeners');
  assert.equal(fake.starts, 4);
});

test('a fatal effect and a trap are an end too', async () => {
  for (const fault of [
    () => [['fatal', 'a defect']],
    () => {
      throw new WebAssembly.RuntimeError('unreachable');
    },
  ]) {
    await core.begin(options);
    fake.answer = fault;
    const call = core.call('api', { method: 'GET', path: '/' });
    fake.answer = ({ id }) => [['settle', id, null]];
    await assert.rejects(call, { code: 500, message: /a defect|the chat core broke: unreachable/ });
  }
});

test('messages that wait are listed', async () => {
  const chat = await opened();
  const tell = (data: object) => {
    fake.react = () => [['parley', 'message', data]];
    page.window.dispatchEvent(new Event('online'));
  };
  tell({ chatId: chat.id, eventId: 'e1', state: 'pending', text: 'a' });
  tell({ chatId: chat.id, eventId: 'e2', state: 'pending', text: 'b' });
  tell({ chatId: 'other', eventId: 'e3', state: 'pending', text: 'c' });
  tell({ chatId: chat.id, eventId: 'e1', state: 'sent', text: 'a', message: {} });
  tell({ chatId: chat.id, eventId: 'e2', state: 'failed', text: 'b', error: { code: 413, message: 'too long' } });
  assert.deepEqual(
    parley.pending().map(({ eventId, state }) => [eventId, state]),
    [
      ['e3', 'pending'],
      ['e2', 'failed'],
    ],
  );
  assert.deepEqual(
    parley.pending(chat.id).map(({ eventId }) => eventId),
    ['e2'],
  );
  fake.react = () => [['drop']];
  page.window.dispatchEvent(new Event('online'));
  assert.deepEqual(parley.pending(), []);
});
