import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import type { Message } from '../../index';
import { Chat, historyOf } from '../../src/engine/chat';
import type { Caller } from '../../src/shared/contract';
import { entries, requests } from '../../src/shared/entries';

let calls: { name: string; args: any; created?: (...created: any[]) => void; settle: (error?: unknown) => void }[];
let chat: Chat;
// How far the server's clock is ahead of the page's, in milliseconds.
let ahead = 0;
const stored = new Map<string, string>();

const message = (n: number, sender: string, more: object = {}): Message => ({
  id: `c1.${n}`,
  chat: 'c1',
  sender,
  type: 'text',
  message: `message ${n}`,
  created: 1000 + n,
  ...more,
});
const texts = (list: Message[]) => list.map(({ message }) => message);

// A page's chat with what is in the log so far.
function open(history: Message[] = []): void {
  const core = {
    user: { id: 'me', name: 'Me' },
    limits: { message: 20, frame: 1000 },
    now: () => Date.now() + ahead,
    changed: () => {},
    call: (name: string, args: any, created?: (...created: any[]) => void) =>
      new Promise((resolve, reject) => {
        calls.push({ name, args, created, settle: (error) => (error ? reject(error) : resolve(null)) });
      }),
  } as unknown as Caller;
  chat = new Chat(core, { id: 'c1', status: 'active', history: structuredClone(history) } as never);
}

beforeEach(() => {
  calls = [];
  stored.clear();
  ahead = 0;
  Object.assign(globalThis, {
    localStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    },
  });
  open();
});

test('what is wrong with an earlier conversation is thrown, with the entry and the field', () => {
  const fine = { sender: 'assistant', message: 'hi', created: 1 };
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  for (const [value, code, about] of [
    [undefined, 400, 'history must be an array, got undefined'],
    ['x', 400, 'history must be an array, got string'],
    [[fine, null], 400, 'history[1] must be an object, got null'],
    [new Array(1), 400, 'history[0] must be an object, got undefined'],
    [cyclic, 400, 'history[0] must be an object, got an array'],
    [[{ ...fine, sender: '' }], 400, 'history[0].sender must be a non-empty string'],
    [[{ ...fine, sender: 's'.repeat(129) }], 400, 'history[0].sender has more than 128'],
    [[{ ...fine, message: { a: 1 } }], 400, 'history[0].message must be a string, got object'],
    [[{ ...fine, message: 'x'.repeat(21) }], 413, 'history[0].message is too long, at most 20'],
    [[{ ...fine, type: 'media' }], 400, "history[0].type must be one of 'text', 'object', got 'media'"],
    [[fine, { ...fine, created: -1 }], 400, 'history[1].created must be a time in unix seconds'],
    [[{ ...fine, created: Date.now() }], 400, 'history[0].created must be a time in unix seconds'],
    [[{ ...fine, created: NaN }], 400, 'history[0].created'],
    [[{ ...fine, created: '2020' }], 400, 'history[0].created'],
    [new Array(10_001).fill(fine), 413, 'history has 10001 entries'],
  ] as const) {
    assert.throws(
      () => chat.importHistory(value as never),
      (error: any) => error.code === code && error.message.includes(about),
      about,
    );
  }
  assert.deepEqual([calls.length, chat.history.length], [0, 0]);
  assert.equal(entries('history', [{ ...fine, message: '😀'.repeat(20) }], 20).length, 1, 'characters, not code units');
});

test('large imports are cut into requests, in order', () => {
  const list = (n: number, text: string) =>
    entries(
      'history',
      Array.from({ length: n }, (_, i) => ({ sender: 'a', message: text, created: i })),
      10_000,
    );
  assert.deepEqual(requests(list(0, 'x')), []);
  assert.deepEqual(
    requests(list(1100, 'x')).map((part) => part.length),
    [500, 500, 100],
  );
  const large = requests(list(20, 'é'.repeat(5000)));
  assert.ok(large.length > 1 && large.every((part) => Buffer.byteLength(JSON.stringify(part)) < 70_000));
  assert.deepEqual(
    large.flat().map(({ created }) => created),
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test('an import is in the history at once, by time; the array can be awaited', async () => {
  open([message(1, 'agent')]);
  const merged = chat.importHistory([
    { sender: 'assistant', message: 'b', created: 2 },
    { sender: 'me', message: 'a', created: 1, type: 'object' },
  ]);
  assert.ok(Array.isArray(merged) && merged !== chat.history && !Object.keys(merged).includes('then'));
  assert.deepEqual(texts(merged), ['a', 'b', 'message 1']);
  assert.deepEqual(texts(chat.history), ['a', 'b', 'message 1']);
  const { name, args, created, settle } = calls[0]!;
  assert.deepEqual(
    [name, args],
    [
      'chat.import',
      {
        chatId: 'c1',
        history: [
          { sender: 'assistant', type: 'text', message: 'b', created: 2 },
          { sender: 'me', type: 'object', message: 'a', created: 1 },
        ],
      },
    ],
  );
  created!('e1', '', '');
  historyOf(chat).add(
    [message(2, 'assistant', { message: 'b', created: 2, imported: true }), message(3, 'me', { message: 'a', created: 1, imported: true })],
    'e1',
  );
  settle();
  const after = await merged;
  assert.ok(Array.isArray(after) && !('then' in after));
  assert.deepEqual(
    after.map(({ id }) => id),
    ['c1.3', 'c1.2', 'c1.1'],
  );
  assert.equal(after[0], merged[0], 'the same objects, which have their ids now');
});

test("times that the page gave are corrected by the difference of clocks; the others are the server's", () => {
  for (const hours of [-87_600, -3, 0, 3, 87_600]) {
    calls = [];
    ahead = hours * 3_600_000;
    open([message(1, 'agent')]);
    const page = Date.now() / 1000;
    chat.importHistory([
      { sender: 'a', message: 'undated' },
      { sender: 'a', message: 'a minute ago', created: page - 60 },
      { sender: 'a', message: 'tomorrow', created: page + 86_400 },
      { sender: 'a', message: 'now' },
    ]);
    const sent = calls[0]!.args.history.map(({ created }: any) => created);
    const server = page + hours * 3600;
    for (const [i, want] of [server - 60, server - 60, server + 86_400].entries()) assert.ok(Math.abs(sent[i] - want) < 1, `${sent[i]}`);
    assert.equal(sent[3], undefined);
    assert.deepEqual(texts(chat.history), ['undated', 'a minute ago', 'tomorrow', 'now', 'message 1']);
    assert.ok(
      chat.history.every(({ created }) => created < server + 1),
      'none is shown in the future',
    );
  }
});

test('an import that a snapshot had already told is there once', async () => {
  chat.importHistory([{ sender: 'a', message: 'x', created: 1 }]);
  calls[0]!.created!('e1', '', '');
  const known = message(1, 'a', { message: 'x', created: 1, imported: true });
  historyOf(chat).add([known]);
  historyOf(chat).add([{ ...known }], 'e1');
  assert.deepEqual(
    chat.history.map(({ id }) => id),
    ['c1.1'],
  );
});

test('a refused import is taken out again', async () => {
  const merged = chat.importHistory([{ sender: 'a', message: 'x', created: 1 }]);
  calls[0]!.settle(new Error('refused'));
  await assert.rejects(async () => merged, /refused/);
  assert.deepEqual(chat.history, []);
  chat.importHistory([{ sender: 'a', message: 'x', created: 1 }]);
  calls[1]!.settle(new Error('nobody waits, so this must not be an unhandled rejection'));
});

test('unread: messages of others, in order, once; each is marked as read', async () => {
  open([
    message(1, 'agent'),
    message(2, 'me'),
    message(3, 'assistant', { imported: true }),
    message(4, 'agent', { readBy: ['me'] }),
    message(5, 'agent', { readBy: ['x'] }),
  ]);
  const unread = chat.readAnyUnreadMessageFromHistory();
  assert.deepEqual(Object.keys(unread), ['c1.1', 'c1.5']);
  assert.equal(unread['c1.5']!.message, 'message 5');
  assert.deepEqual(
    calls.map(({ name, args }) => [name, args.messageId, args.upTo]),
    [
      ['chat.read', 'c1.1', false],
      ['chat.read', 'c1.5', false],
    ],
  );
  assert.deepEqual(chat.readAnyUnreadMessageFromHistory(), {});
  for (const { settle } of calls) settle();
  await Promise.resolve();
  assert.deepEqual(chat.history.find(({ id }) => id === 'c1.1')!.readBy, ['me']);
});

test('unread: very many are marked by one request', async () => {
  open(Array.from({ length: 10_000 }, (_, i) => message(i + 1, i % 2 ? 'me' : 'agent')));
  assert.equal(Object.keys(chat.readAnyUnreadMessageFromHistory()).length, 5000);
  assert.deepEqual(
    calls.map(({ args }) => args),
    [{ chatId: 'c1', messageId: 'c1.9999', upTo: true }],
  );
  calls[0]!.settle();
  await Promise.resolve();
  assert.deepEqual([chat.history[9998]!.readBy, chat.history[9999]!.readBy], [['me'], undefined]);
});

test('unread: what a listener was told of, in this page or the one before, is none', () => {
  open([message(1, 'agent')]);
  historyOf(chat).add([message(2, 'agent'), message(3, 'agent')]);
  historyOf(chat).delivered('c1.2');
  assert.deepEqual(Object.keys(chat.readAnyUnreadMessageFromHistory()), ['c1.1', 'c1.3']);
  historyOf(chat).note();
  open([message(1, 'agent'), message(2, 'agent'), message(3, 'agent'), message(4, 'agent')]);
  assert.deepEqual(Object.keys(chat.readAnyUnreadMessageFromHistory()), ['c1.4']);
  stored.set('parley.seen', 'c2 7');
  open([message(1, 'agent')]);
  assert.deepEqual(Object.keys(chat.readAnyUnreadMessageFromHistory()), ['c1.1'], "another chat's place");
  Object.assign(globalThis, { localStorage: undefined });
  open([message(1, 'agent')]);
  assert.deepEqual(Object.keys(chat.readAnyUnreadMessageFromHistory()), ['c1.1'], 'without storage');
});

test('what listeners got is noted within a tenth of a second, once, and at once when the page may end', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const noted = () => stored.get('parley.seen');
  const history = historyOf(chat);
  const deliver = (n: number) => {
    history.add([message(n, 'agent')]);
    history.delivered(`c1.${n}`);
  };
  const writes = mock.method(localStorage, 'setItem');
  for (let n = 1; n <= 100; n++) deliver(n);
  assert.equal(noted(), undefined);
  mock.timers.tick(100);
  assert.equal(noted(), 'c1 100');
  assert.equal(writes.mock.callCount(), 1);
  deliver(101);
  history.note();
  assert.equal(noted(), 'c1 101');
  mock.timers.tick(1000);
  stored.clear();
  history.add([message(102, 'me'), message(103, 'agent', { imported: true })]);
  mock.timers.tick(1000);
  history.note();
  assert.equal(noted(), undefined, 'the next page knows by itself that these are not unread');
  mock.timers.reset();
});

test('a page that crashes before it has noted messages: they are unread again on the next page, once, and nothing else', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const log = [message(1, 'agent'), message(2, 'agent'), message(3, 'me')];
  historyOf(chat).add(structuredClone(log));
  for (const { id } of log) historyOf(chat).delivered(id);
  mock.timers.reset(); // no timer of this page runs any more
  open([...log, message(4, 'agent')]);
  assert.deepEqual(Object.keys(chat.readAnyUnreadMessageFromHistory()), ['c1.1', 'c1.2', 'c1.4']);
  historyOf(chat).note();
  open([...log, message(4, 'agent')]);
  assert.deepEqual(chat.readAnyUnreadMessageFromHistory(), {});
});
