import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Outbox } from '../../src/engine/outbox';
import { newPage } from './page';

const ids = async (outbox: Outbox) => (await outbox.take(true)).outbox.map(({ id }) => id);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A database of these records, which works until `state.full`, and calls `state.read` when it begins to read. While it is
 * `slow`, writes end with `state.finish`. `groups` has the keys of each write; those deleted have a minus.
 */
function database(stored: Map<string, any>) {
  const waiting: (() => void)[] = [];
  const state = { full: false, slow: false, groups: [] as string[][], read: () => {}, finish: () => waiting.shift()!() };
  const transaction = () => {
    const made: any = {};
    const changes: [string, any][] = [];
    const later = (run: () => void) => queueMicrotask(() => queueMicrotask(run));
    made.commit = () => {
      state.groups.push(changes.map(([key, record]) => (record ? key : `-${key}`)));
      const { slow } = state;
      const finish = () => {
        if (state.full) return made.onabort();
        for (const [key, record] of changes) record ? stored.set(key, record) : stored.delete(key);
        made.oncomplete();
      };
      if (slow) waiting.push(finish);
      else later(finish);
    };
    made.objectStore = () => ({
      transaction: made,
      put: (record: any, key: string) => changes.push([key, record]),
      delete: (key: string) => changes.push([key, null]),
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
    outbox.put('a', { id: 'a' }, false);
    outbox.put('b', { id: 'b' }, false);
    await turn();
    assert.deepEqual(await ids(outbox), ['a', 'b']);
    outbox.put('a', null, true);
    outbox.put('c', { id: 'c' }, false);
    await turn();
    assert.deepEqual(await ids(outbox), ['b', 'c'], 'the next write takes away what is done');
    outbox.put('b', null, true);
    mock.timers.tick(250);
    await turn();
    assert.deepEqual(await ids(outbox), ['c'], 'and so does a while without one');
    outbox.put('c', null, false);
    await turn();
    assert.deepEqual(await ids(outbox), [], 'what is given up is deleted at once');
    assert.equal(problems.length, 1, 'told of once');
    mock.timers.reset();
  });
}

test('a write that never ends is waited for three seconds, what came meanwhile not at all, and after a minute it is tried again', async () => {
  const state = { opened: 0, begun: 0 };
  const records = { put() {}, delete() {} };
  const database = { transaction: () => ({ objectStore: () => (state.begun++, records) }) };
  const open = () => {
    state.opened++;
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
  outbox.put('a', { id: 'a' }, false);
  await turn();
  outbox.put('b', { id: 'b' }, false);
  await turn();
  assert.equal(state.begun, 1, 'it is on its way, and the next one waits');
  mock.timers.tick(1500);
  await turn();
  assert.deepEqual(problems, [], 'a page that stood still has looked once');
  mock.timers.tick(1500);
  await turn();
  assert.equal(problems.length, 1);
  outbox.put('c', { id: 'c' }, false);
  await turn();
  assert.deepEqual(await ids(outbox), ['a', 'b', 'c'], 'kept in memory');
  assert.equal(problems.length, 1, 'told of once');
  assert.deepEqual(state, { opened: 1, begun: 1 });
  mock.timers.tick(60_001);
  outbox.put('d', { id: 'd' }, false);
  await turn();
  assert.deepEqual(state, { opened: 2, begun: 2 });
  time.mock.restore();
  mock.timers.reset();
});

test('what is given up is deleted in the same task, so that no later page sends it; what the server has after a while', async () => {
  const stored = new Map<string, any>();
  database(stored);
  newPage();
  mock.timers.enable({ apis: ['setTimeout'] });
  const outbox = new Outbox('test', assert.fail);
  for (const id of ['a', 'b', 'c']) outbox.put(id, { id }, false);
  await turn();
  assert.deepEqual([...stored.keys()], ['a', 'b', 'c']);
  outbox.put('a', null, true);
  await turn();
  assert.deepEqual([...stored.keys()], ['a', 'b', 'c'], 'the server has it');
  outbox.put('b', null, false);
  await turn();
  assert.deepEqual([...stored.keys()], ['c'], 'it was given up, and the other goes with it');
  outbox.put('c', null, true);
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
  outbox.put('a', { id: 'a' }, false);
  await turn();
  state.read = () => outbox.put('a', null, false);
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
    outbox.put(id, { id }, false);
    await turn();
  }
  assert.deepEqual(await ids(outbox), ['a', 'b', 'c', 'd']);
  assert.equal(problems.length, 1);
});

test('one group is written at a time; the next has what came meanwhile, without what is answered by then', async () => {
  const stored = new Map<string, any>();
  const state = database(stored);
  state.slow = true;
  newPage();
  const outbox = new Outbox('test', assert.fail);
  outbox.put('a', { id: 'a' }, false);
  outbox.put('b', { id: 'b' }, false);
  await turn();
  for (const id of ['c', 'd', 'e']) {
    outbox.put(id, { id }, false);
    await turn();
  }
  outbox.put('a', null, true);
  outbox.put('d', null, true);
  await turn();
  assert.deepEqual(state.groups, [['a', 'b']]);
  state.finish();
  await turn();
  assert.deepEqual(state.groups.slice(1), [['c', 'e', '-a']]);
  outbox.put('c', null, true);
  state.finish();
  await turn();
  assert.deepEqual([...stored.keys()], ['b', 'c', 'e'], 'c was written before it was answered');
  state.slow = false;
  outbox.put('f', { id: 'f' }, false);
  await turn();
  assert.deepEqual(state.groups.slice(2), [['-c', 'f']]);
  assert.deepEqual([...stored.keys()], ['b', 'e', 'f']);
});

test('what is given up is deleted without waiting for the group under way, and so is all written when the page may end', async () => {
  const stored = new Map<string, any>();
  const state = database(stored);
  newPage();
  const outbox = new Outbox('test', assert.fail);
  outbox.put('a', { id: 'a' }, false);
  await turn();
  state.slow = true;
  outbox.put('b', { id: 'b' }, false);
  await turn();
  outbox.put('c', { id: 'c' }, false);
  outbox.put('a', null, false);
  await turn();
  assert.deepEqual(state.groups, [['a'], ['b'], ['c', '-a']]);
  outbox.put('d', { id: 'd' }, false);
  outbox.put('b', null, false);
  outbox.put('e', { id: 'e' }, false);
  outbox.put('e', null, false);
  void outbox.write();
  await turn();
  assert.deepEqual(state.groups.slice(3), [['d', '-b']], 'e is not written any more');
  for (const _ of [1, 2, 3]) state.finish();
  await turn();
  assert.deepEqual([...stored.keys()], ['c', 'd']);
});

test('a group that fails is kept in memory, with what came meanwhile, and the page is told once', async () => {
  const state = database(new Map());
  state.slow = true;
  newPage();
  const problems: string[] = [];
  const outbox = new Outbox('test', (message) => problems.push(message));
  for (const id of ['b', 'a']) outbox.put(id, { id }, false);
  await turn();
  outbox.put('c', { id: 'c' }, false);
  outbox.put('b', null, true);
  state.full = true;
  state.finish();
  await turn();
  state.finish();
  await turn();
  state.slow = state.full = false;
  assert.deepEqual(await ids(outbox), ['a', 'c']);
  assert.equal(problems.length, 1);
});

test('what cannot be stored leaves nothing behind when it is answered', async () => {
  Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true });
  newPage();
  const outbox = new Outbox('test', () => {});
  outbox.put('a', { id: 'a' }, false);
  await turn();
  outbox.put('a', null, false);
  await turn();
  assert.deepEqual(await outbox.end(), new Set());
  assert.deepEqual((outbox as any).known, new Set());
});

test('what is on its way waits for its answer: never written if that comes, and else after 3 to 6 milliseconds of silence', async () => {
  const stored = new Map<string, any>();
  const state = database(stored);
  const page = newPage();
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const time = mock.method(performance, 'now', () => Date.now());
  const outbox = new Outbox('test', assert.fail);
  const after = async (ms: number) => {
    mock.timers.tick(ms);
    await turn();
  };
  outbox.put('a', { id: 'a' }, true);
  await turn();
  assert.deepEqual(state.groups, [['a']], 'the first one is written at once, since nobody knows whether the browser stores');
  outbox.put('a', null, true);
  outbox.put('b', { id: 'b' }, true);
  await after(2);
  outbox.put('b', null, true);
  await after(10);
  assert.deepEqual(state.groups, [['a'], ['-a']]);
  for (const id of ['c', 'd', 'e', 'f']) {
    outbox.put(id, { id }, true);
    await after(2);
    if (id !== 'f') outbox.put(id, null, true);
  }
  assert.deepEqual(state.groups.slice(2), [], 'the server answers');
  await after(4);
  assert.deepEqual(state.groups.slice(2), [['f']], 'it is silent');
  outbox.put('f', null, true);
  outbox.put('g', { id: 'g' }, true);
  outbox.put('h', { id: 'h' }, false);
  await turn();
  assert.deepEqual(state.groups.slice(3), [['-f', 'g', 'h']], 'with what does not wait');
  Object.assign(page.document, { hidden: true });
  outbox.put('i', { id: 'i' }, true);
  await turn();
  assert.deepEqual(state.groups.slice(4), [['i']], 'a timer of a hidden page would be late');
  time.mock.restore();
  mock.timers.reset();
});

test('what is on its way is written when the page may end, and within a quarter of a second of answers to others', async () => {
  const stored = new Map<string, any>();
  const state = database(stored);
  newPage();
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const time = mock.method(performance, 'now', () => Date.now());
  const outbox = new Outbox('test', assert.fail);
  outbox.put('a', { id: 'a' }, false);
  await turn();
  outbox.put('b', { id: 'b' }, true);
  void outbox.write();
  await turn();
  assert.deepEqual(state.groups, [['a'], ['b']]);
  outbox.put('c', { id: 'c' }, true);
  let ms = 0;
  for (; !stored.has('c') && ms < 1000; ms++) {
    const id = `d${ms}`;
    outbox.put(id, { id }, true);
    mock.timers.tick(1);
    outbox.put(id, null, true);
    await turn();
  }
  assert.ok(ms > 240 && ms < 260, `after ${ms} ms`);
  time.mock.restore();
  mock.timers.reset();
});

test('where the last write failed, nothing waits, so that the page is told', async () => {
  const state = database(new Map());
  newPage();
  const problems: string[] = [];
  const outbox = new Outbox('test', (message) => problems.push(message));
  outbox.put('a', { id: 'a' }, true);
  await turn();
  state.full = true;
  outbox.put('b', { id: 'b' }, false);
  await turn();
  assert.equal(problems.length, 1);
  state.full = false;
  outbox.put('c', { id: 'c' }, true);
  await turn();
  assert.deepEqual(state.groups, [['a'], ['b'], ['c']]);
});

test('a record that takes the place of a deletion is deleted too', async () => {
  const stored = new Map();
  database(stored);
  newPage();
  const outbox = new Outbox('test', assert.fail);
  outbox.put('a', { id: 'a' }, false);
  await outbox.write();
  assert.ok(stored.has('a'));
  outbox.put('a', null, true); // refused
  outbox.put('a', { id: 'a' }, true); // tried again
  outbox.put('a', null, true); // and answered
  await outbox.write();
  assert.deepEqual([...stored], []);
});
