import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { chatStore } from '../../src/store/store';
import type { ChatSnapshot, ChatStore, Store } from '../../store';
import { ChatPage, chatData, message, options, stopClock } from './chat-page';
import { reported, tasks } from './page';

let page: ChatPage;
let store: ChatStore;
let drawn: number;
const eventId = (n: number) => `${(1_500_000).toString(16).padStart(12, '0')}${String(n).padStart(20, '0')}`;
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

beforeEach(() => {
  page = new ChatPage();
  store = chatStore(page.icf);
  drawn = 0;
});
afterEach(() => {
  mock.timers.reset();
  assert.deepEqual(unhandled, []);
});

const chat = () => store.chat('c1').getSnapshot()!;
const texts = (snapshot: ChatSnapshot = chat()) => snapshot.messages.map(({ message, state }) => [message, state]);
const watch = (one: Store<unknown>) => one.subscribe(() => drawn++);

test('one store for one ICF; without any it is empty, and says so when it is begun', async () => {
  assert.equal(chatStore(page.icf), store);
  assert.notEqual(chatStore(new ChatPage().icf), store);
  const empty = chatStore();
  assert.deepEqual([empty.getSnapshot(), empty.chat().getSnapshot()], [empty.getServerSnapshot(), undefined]);
  await assert.rejects(empty.init(options), { code: 400, message: /no ICF on this page/ });
  assert.equal(empty.getSnapshot().error?.code, 400);
  Object.assign(globalThis, { [Symbol.for('parley.icf')]: page.icf });
  assert.equal(chatStore(), store);
});

test('the session is followed; a snapshot is the same object while nothing has changed', async () => {
  const { subscribe, getSnapshot, getServerSnapshot } = store;
  const first = getSnapshot();
  assert.deepEqual([first.isInit, first.user, first.chatId, first.connection.state], [false, null, undefined, 'closed']);
  const stop = watch({ subscribe } as typeof store);
  await page.begin(chatData());
  const begun = getSnapshot();
  assert.deepEqual([begun.isInit, begun.logged, begun.user?.id, begun.chatIds, begun.chatId], [true, true, 'me', ['c1'], 'c1']);
  assert.equal(first.isInit, false, 'a snapshot never changes');
  assert.ok(Object.isFrozen(begun));
  assert.deepEqual(getServerSnapshot(), first);

  const before = drawn;
  await page.push(['append', 'c1', [message(1, 'agent')], '']);
  assert.deepEqual([getSnapshot() === begun, drawn], [true, before]);
  await page.push(['parley', 'connection', { state: 'waiting', code: 1006, nextTry: 5 }]);
  assert.deepEqual([getSnapshot().connection.state, getSnapshot().chatIds === begun.chatIds, drawn], ['waiting', true, before + 1]);
  stop();
  await page.push(['drop'], ['session', { logged: false, token: null }]);
  assert.deepEqual([getSnapshot().user, getSnapshot().chatId, drawn], [null, undefined, before + 1]);
});

test('a message keeps its key from pending to read, and its object while nothing is new about it', async () => {
  await page.begin(chatData({ history: [message(1, 'agent')] }));
  watch(store.chat('c1'));
  const id = eventId(1);
  const pending = ['parley', 'message', { chatId: 'c1', eventId: id, state: 'pending', text: 'hi' }];
  page.answer((call) => [pending, ['created', call.id, id, 'hi', 'me']]);
  const sent = chat().sendMessage('hi');
  await tasks();
  const [past, waiting] = chat().messages;
  assert.deepEqual([waiting!.state, waiting!.message, waiting!.key, waiting!.id, waiting!.own], ['pending', 'hi', id, '', true]);
  assert.equal(waiting!.created, 1500, 'of the event id');

  const own = message(2, 'me', { message: 'hi' });
  await page.push(
    ['append', 'c1', [own], ''],
    ['parley', 'message', { chatId: 'c1', eventId: id, state: 'sent', text: 'hi', message: own }],
    ['settle', 2, { eventId: id, message: own }],
  );
  await sent;
  assert.deepEqual(
    chat().messages.map(({ key, id, state }) => [key, id, state]),
    [
      ['c1.1', 'c1.1', 'sent'],
      [id, 'c1.2', 'sent'],
    ],
  );
  assert.equal(chat().messages[0], past);
  const before = chat();
  await page.push(['chat', 'c1', 'message:read', { chatId: 'c1', message: own, userId: 'agent' }]);
  assert.deepEqual([chat().messages[1]!.state, chat().messages[1]!.key, before.messages[1]!.state], ['read', id, 'sent']);
  assert.ok(drawn >= 3);
});

test('what failed says why, is sent again or given up', async () => {
  await page.begin(chatData());
  const error = { code: 413, message: 'too long' };
  await page.push(['parley', 'message', { chatId: 'c1', eventId: eventId(1), state: 'failed', text: 'a', error }]);
  assert.deepEqual([texts(), chat().messages[0]!.error], [[['a', 'failed']], error]);
  page.answer(({ id }) => [['settle', id, null]]);
  await chat().retry(eventId(1));
  await chat().discard(eventId(1));
  assert.deepEqual([page.commands('retry'), page.commands('discard')], [[{ eventId: eventId(1) }], [{ eventId: eventId(1) }]]);
  await page.push(['parley', 'message', { chatId: 'c1', eventId: eventId(1), state: 'discarded', text: 'a' }]);
  assert.deepEqual(texts(), []);
});

test('a rejection needs no handler: it is the error, until the next action', async () => {
  await page.begin(chatData());
  void chat().sendMessage('');
  await tasks();
  assert.deepEqual([chat().error?.code, chat().error?.message], [400, 'message must be a non-empty string, got an empty string']);
  page.answer(({ id }) => [['reject', id, { code: 410, message: 'closed' }]]);
  void chat().searchAgent();
  assert.equal(chat().error, undefined);
  await tasks();
  assert.equal(chat().error?.code, 410);
  page.answer(({ id }) => [['reject', id, { code: 499, message: 'given up' }]]);
  void chat().sendMessage('x');
  await tasks();
  assert.equal(chat().error, undefined);
  await page.push(['chat', 'c1', 'error', { code: 403, message: 'no import', chatId: 'c1' }]);
  assert.equal(chat().error?.message, 'no import');
  await page.push(
    ['parley', 'error', { code: 500, message: 'a defect' }],
    ['parley', 'error', { code: 408, message: 'old', chatId: 'c1' }],
  );
  assert.deepEqual([store.getSnapshot().error?.message, chat().error?.message], ['a defect', 'old']);
});

test('a failed init is an error; the next one that succeeds ends it', async () => {
  page.answer(({ id }) => [['reject', id, { code: 401, message: 'unknown app' }]]);
  void store.init(options);
  await tasks();
  assert.deepEqual([store.getSnapshot().isInit, store.getSnapshot().error?.message], [false, 'unknown app']);
  page.answer(({ id }) => [
    ['session', { isInit: true }],
    ['settle', id, null],
  ]);
  await store.init(options);
  assert.deepEqual([store.getSnapshot().isInit, store.getSnapshot().error], [true, undefined]);
});

test('who types: an agent for 15 s at most, a visitor until they stop; a message ends it, and a lost connection', async () => {
  await page.begin(chatData({ creator: 'visitor', users: [{ id: 'me' }, { id: 'agent' }, { id: 'visitor' }] }));
  stopClock();
  const typing = () => chat().typing.map(({ id }) => id);
  const types = (userId: string, type = 'writing') => ['chat', 'c1', 'user:activity', { userId, type }];
  await page.push(types('agent'), types('visitor'));
  const last = chat();
  assert.deepEqual(typing(), ['agent', 'visitor']);
  mock.timers.tick(14_000);
  await page.push(types('agent'));
  assert.equal(chat(), last);
  mock.timers.tick(14_000);
  assert.deepEqual(typing(), ['agent', 'visitor']);
  mock.timers.tick(1000);
  assert.deepEqual(typing(), ['visitor']);
  await page.push(['append', 'c1', [message(1, 'visitor')], ''], types('visitor'));
  assert.deepEqual(typing(), ['visitor'], 'types on after a message');
  await page.push(['append', 'c1', [message(2, 'visitor')], '']);
  assert.deepEqual(typing(), []);
  await page.push(types('agent'));
  await page.push(types('agent', 'stop-writing'));
  assert.deepEqual(typing(), []);
  await page.push(types('agent'));
  await page.push(['parley', 'connection', { state: 'waiting', code: 1006 }]);
  assert.deepEqual(typing(), []);
});

test('the queue: the place is asked for after a reload and a lost connection, and follows', async () => {
  let place = 3;
  const waiting = chatData({ status: 'waiting', inQueue: true, users: [{ id: 'me' }] });
  await page.begin(waiting, ({ id }) => [['settle', id, { data: { chatId: 'c1', data: { queuePosition: place, waitingTime: 60 } } }]]);
  assert.deepEqual(chat().queue, { position: 3, waitingTime: 60 });
  await page.push(['chat', 'c1', 'queue:update', { queuePosition: 2, waitingTime: 40 }]);
  assert.equal(chat().queue?.position, 2);
  await page.push(['parley', 'connection', { state: 'waiting', code: 1006 }]);
  place = 1;
  await page.push(['parley', 'connection', { state: 'open', code: 0 }]);
  assert.equal(chat().queue?.position, 1);
  assert.deepEqual(
    page.commands('api').map(({ path }) => path),
    ['/queues/update/c1', '/queues/update/c1'],
  );
  await page.push(['patch', 'c1', { inQueue: false, status: 'active', users: [{ id: 'me' }, { id: 'agent' }] }]);
  assert.deepEqual([chat().queue, chat().alone], [undefined, false]);
});

test('alone: a search without an agent, the last one leaves, until somebody comes or is sought', async () => {
  await page.begin(chatData({ status: 'waiting', users: [{ id: 'me' }] }));
  assert.equal(chat().alone, false);
  page.answer(({ id }) => [['settle', id, {}]]);
  await chat().searchAgent('longestIdle');
  assert.deepEqual([chat().alone, page.commands('chat.search')], [true, [{ chatId: 'c1', algorithm: 'longestIdle' }]]);
  page.answer(({ id }) => [['settle', id, { agent: { id: 'agent' } }]]);
  const found = chat().searchAgent();
  assert.equal(chat().alone, false);
  assert.equal((await found).agent?.id, 'agent');
  assert.equal(chat().alone, false);
  await page.push(['chat', 'c1', 'forever:alone', { chatId: 'c1' }]);
  assert.equal(chat().alone, true);
  await page.push(['patch', 'c1', { users: [{ id: 'me' }, { id: 'agent' }] }]);
  assert.equal(chat().alone, false);
  const leaves = (more: object) => [
    ['patch', 'c1', { users: [{ id: 'me' }] }],
    ['chat', 'c1', 'user:left', { chatId: 'c1', userId: 'agent', user: { id: 'agent' }, ...more }],
  ];
  await page.push(...leaves({ searching: true }));
  assert.equal(chat().alone, false);
  await page.push(...leaves({}));
  assert.equal(chat().alone, true);
});

test('the end that is announced is over with the next message', async () => {
  await page.begin(chatData());
  await page.push(['chat', 'c1', 'chat:timer:expiryAlert', { chatId: 'c1', timeLeft: 60 }]);
  const left = chat().expiresAt! - page.icf.Parley.now();
  assert.ok(left > 50_000 && left <= 60_000);
  await page.push(['append', 'c1', [message(1, 'me')], '']);
  assert.equal(chat().expiresAt, undefined);
});

test('unread messages are counted, and read once; what the page finds unread stays so', async () => {
  await page.begin(chatData({ history: [message(1, 'agent', { readBy: ['me'] }), message(2, 'assistant', { imported: true })] }));
  watch(store.chat());
  await page.push(['append', 'c1', [message(3, 'agent'), message(4, 'me'), message(5, 'agent')], '']);
  assert.equal(chat().unread, 2);
  assert.deepEqual(Object.keys(page.icf.Lobby.chats.c1!.readAnyUnreadMessageFromHistory()), ['c1.3', 'c1.5']);
  const before = page.commands('chat.read').length;
  page.answer(({ id, args }) => [['settle', id, { userId: 'me', message: { id: args.messageId } }]]);
  chat().markRead();
  chat().markRead();
  await tasks();
  assert.deepEqual(
    page
      .commands('chat.read')
      .slice(before)
      .map(({ messageId }) => messageId),
    ['c1.3', 'c1.5'],
  );
  assert.deepEqual([chat().unread, chat().messages[2]!.state], [0, 'read']);
});

test('chat() follows the session; a chat that is dropped keeps its last snapshot', async () => {
  const current = store.chat();
  watch(current);
  assert.equal(current.getSnapshot(), undefined);
  await page.begin(chatData({ history: [message(1, 'agent')] }));
  assert.equal(current.getSnapshot(), chat());
  await page.push(['patch', 'c1', { status: 'closed', closed: true }]);
  assert.equal(current.getSnapshot()?.closed, true);
  await page.push(['open', chatData({ id: 'c2', created: 2 })]);
  assert.deepEqual([current.getSnapshot()?.id, store.getSnapshot().chatIds], ['c2', ['c1', 'c2']]);
  await page.push(['drop'], ['session', { logged: false }]);
  assert.deepEqual([current.getSnapshot(), texts()], [undefined, [['message 1', 'sent']]]);
  assert.ok(drawn >= 4);
});

test('an import has a key before it has an id', async () => {
  await page.begin(chatData());
  page.answer(({ id }) => [['created', id, 'i1', '', '']]);
  page.icf.Lobby.chats.c1!.importHistory([{ sender: 'assistant', message: 'hello', created: 5 }]);
  await tasks();
  const [first] = chat().messages;
  await page.push(['append', 'c1', [{ ...message(1, 'assistant'), imported: true }], 'i1']);
  assert.deepEqual([chat().messages.length, chat().messages[0]!.id, first!.id], [1, 'c1.1', '']);
  assert.equal(chat().messages[0]!.key, first!.key);
});

test('a listener that throws, unsubscribes or reads another snapshot leaves the others whole', async () => {
  const errors = reported();
  await page.begin(chatData());
  const seen: unknown[] = [];
  const stop = store.chat('c1').subscribe(() => {
    stop();
    seen.push(store.chat().getSnapshot()?.messages.length);
    throw new Error('a view breaks');
  });
  store.chat().subscribe(() => seen.push(chat().messages.length));
  await page.push(['append', 'c1', [message(1, 'agent')], '']);
  await page.push(['append', 'c1', [message(2, 'agent')], '']);
  assert.deepEqual([seen, errors.length], [[1, 1, 2], 1]);
});

test('what a page makes of its chats does no harm', async () => {
  await page.begin(chatData());
  page.icf.Lobby.chats = null as never;
  await page.push(['parley', 'connection', { state: 'waiting', code: 0 }]);
  assert.deepEqual([store.getSnapshot().chatIds, chat().id], [[], 'c1']);
});

test('after a destroy all is empty, and the next init goes on with the same store', async () => {
  await page.begin(chatData({ history: [message(1, 'agent')] }));
  watch(store);
  await page.icf.Parley.destroy();
  const { isInit, user, chatId } = store.getSnapshot();
  assert.deepEqual([isInit, user, chatId, store.chat().getSnapshot(), drawn], [false, null, undefined, undefined, 1]);
  assert.deepEqual(texts(), [['message 1', 'sent']], 'what was shown can be read on');

  await page.begin(chatData({ history: [message(1, 'agent'), message(2, 'agent')] }));
  assert.deepEqual([store.getSnapshot().isInit, store.chat().getSnapshot()?.unread], [true, 2]);
  drawn = 0;
  await page.push(['parley', 'error', { code: 500, message: 'a defect' }]);
  assert.deepEqual([store.getSnapshot().error?.code, drawn], [500, 1], 'each listener is there once');
  await page.push(['chat', 'c1', 'user:activity', { userId: 'agent', type: 'writing' }]);
  assert.deepEqual(
    chat().typing.map(({ id }) => id),
    ['agent'],
  );
  await page.push(['chat', 'c1', 'user:activity', { userId: 'agent', type: 'not-writing' }]);

  await page.icf.Parley.destroy();
  await page.icf.Parley.destroy();
  page.answer(({ id }) => [['reject', id, { code: 401, message: 'unknown app' }]]);
  void store.init(options);
  await tasks();
  assert.equal(store.getSnapshot().error?.code, 401);
});
