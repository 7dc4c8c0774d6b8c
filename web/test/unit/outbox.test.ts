import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Outbox } from '../../src/engine/outbox';
import { newPage } from './page';

const ids = async (outbox: Outbox) => (await outbox.take(true)).outbox.map(({ id }) => id);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A database of these records, which works until `state.full`, and calls `state.read` when it begins to read. */
function database(stored: Map<string, any>) {
  const state = { full: false, read: () => {} };
  const transaction = () => {
    const made: any = {};
    const later = (run: () => void) => queueMicrotask(() => queueMicrotask(run));
    made.commit = () => later(() => (state.full ? made.onabort() : made.oncomplete()));
    made.objectStore = () => ({
      transaction: made,
      put: (record: any, key: string) => state.full || stored.set(key, record),
      delete: (key: string) => state.full || stored.delete(key),
      openCursor() {
        state.read();
        const request: any = {};
        const keys = [...stored.keys()].sort();
        const next = () =>
          later(() => {
            const key = keys.shift();
            request.onsuccess({ target: { result: key === undefined ? null : { key, value: stored.get(key), continue: next } } });
            if (key === undefined) made.oncomplete();
          });
        next();
        return request;
      },
    });
    return made;
  };
  const open = () => {
    const request: any = { result: { transaction } };
    queueMicrotask(() => request.onsuccess());
    return request;
  };
  Object.defineProperty(globalThis, 'indexedDB', { value: { open }, configurable: true });
  return state;
}

const broken: [name: string, indexedDB: unknown][] = [
  ['there is no database', undefined],
  [
    'the database throws',
    {
      open() {
        throw new Error('denied');
      },
    },
  ],
  [
    'the database fails',
    {
      open() {
        const request: any = {};
        queueMicrotask(() => request.onerror());
        return request;
      },
    },
  ],
  ['the database never answers', { open: () => ({}) }],
];

for (const [name, indexedDB] of broken) {
  test(`records are kept in memory when ${name}`, async () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: indexedDB, configurable: true });
    newPage();
    const problems: string[] = [];
    const outbox = new Outbox('test', (message) => problems.push(message));
    assert.deepEqual(await ids(outbox), []);
    mock.timers.enable({ apis: ['setTimeout'] });
    const done: number[] = [];
    outbox.done = (write) => done.push(write);
    outbox.put('a', { id: 'a' }, 1);
    outbox.put('b', { id: 'b' }, 2);
    await turn();
    assert.deepEqual(done, [2], 'nobody waits for what cannot be');
    assert.deepEqual(await ids(outbox), ['a', 'b']);
    outbox.put('a', null, 0);
    outbox.put('c', { id: 'c' }, 3);
    await turn();
    assert.deepEqual(await ids(outbox), ['b', 'c'], 'the next write takes away what is done');
    outbox.put('b', null, 0);
    mock.timers.tick(250);
    await turn();
    assert.deepEqual(await ids(outbox), ['c'], 'and so does a while without one');
    outbox.put('c', null, 4);
    await turn();
    assert.deepEqual(done.at(-1), 4, 'what is given up is deleted at once');
    assert.deepEqual(await ids(outbox), []);
    assert.equal(problems.length, 1, 'told of once');
    mock.timers.reset();
  });
}

test('a write that never ends is waited for three seconds, the next not at all, and after a minute it is tried again', async () => {
  let opened = 0;
  const records = { put() {}, delete() {} };
  const database = { transaction: () => ({ objectStore: () => records }) };
  const open = () => {
    opened++;
    const request: any = { result: database };
    queueMicrotask(() => request.onsuccess());
    return request;
  };
  Object.defineProperty(globalThis, 'indexedDB', { value: { open }, configurable: true });
  newPage();
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const time = mock.method(performance, 'now', () => Date.now() + 1);
  const problems: string[] = [];
  const outbox = new Outbox('test', (message) => problems.push(message));
  const done: number[] = [];
  outbox.done = (write) => done.push(write);
  outbox.put('a', { id: 'a' }, 1);
  await turn();
  assert.deepEqual(done, [], 'it is on its way');
  mock.timers.tick(1500);
  await turn();
  assert.deepEqual(done, [], 'a page that stood still has looked once');
  mock.timers.tick(1500);
  await turn();
  assert.deepEqual(done, [1]);
  outbox.put('b', { id: 'b' }, 2);
  await turn();
  assert.deepEqual(done, [1, 2]);
  assert.deepEqual(await ids(outbox), ['a', 'b'], 'kept in memory');
  assert.equal(problems.length, 1, 'told of once');
  assert.equal(opened, 1);
  mock.timers.tick(60_001);
  outbox.put('c', { id: 'c' }, 3);
  await turn();
  assert.equal(opened, 2);
  time.mock.restore();
  mock.timers.reset();
});

test('what is given up is deleted in the same task, so that no later page sends it; what the server has after a while', async () => {
  const stored = new Map<string, any>();
  database(stored);
  newPage();
  mock.timers.enable({ apis: ['setTimeout'] });
  const outbox = new Outbox('test', assert.fail);
  const done: number[] = [];
  outbox.done = (write) => done.push(write);
  for (const [i, id] of ['a', 'b', 'c'].entries()) outbox.put(id, { id }, i + 1);
  await turn();
  assert.deepEqual([...stored.keys()], ['a', 'b', 'c']);
  outbox.put('a', null, 0);
  await turn();
  assert.deepEqual([...stored.keys()], ['a', 'b', 'c'], 'the server has it');
  outbox.put('b', null, 4);
  await turn();
  assert.deepEqual([...stored.keys()], ['c'], 'it was given up, and the other goes with it');
  assert.deepEqual(done, [3, 4]);
  outbox.put('c', null, 0);
  mock.timers.tick(250);
  await turn();
  assert.deepEqual([...stored.keys()], []);
  mock.timers.reset();
});

test('what is given up while the page takes over is not taken for what another has left', async () => {
  const stored = new Map<string, any>();
  const state = database(stored);
  newPage();
  const outbox = new Outbox('test', assert.fail);
  outbox.put('a', { id: 'a' }, 1);
  await turn();
  state.read = () => outbox.put('a', null, 2);
  assert.deepEqual((await outbox.take()).outbox, []);
  await turn();
  assert.deepEqual([...stored.keys()], []);
});

test('what a page takes of its own is in the order of the keys, wherever it was kept', async () => {
  const state = database(new Map());
  newPage();
  const problems: string[] = [];
  const outbox = new Outbox('test', (message) => problems.push(message));
  for (const [i, id] of ['d', 'a', 'c', 'b'].entries()) {
    state.full = i % 2 === 1;
    outbox.put(id, { id }, i + 1);
    await turn();
  }
  assert.deepEqual(await ids(outbox), ['a', 'b', 'c', 'd']);
  assert.equal(problems.length, 1);
});
