import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Outbox } from '../../src/outbox';
import { newPage } from './page';

const ids = async (outbox: Outbox) => (await outbox.take(true)).outbox.map(({ id }) => id);
const turn = () => new Promise((resolve) => setImmediate(resolve));

const broken: [name: string, indexedDB: unknown][] = [
  ['there is no database', undefined],
  ['the database throws', { open() { throw new Error('denied'); } }],
  ['the database fails', { open() { const request: any = {}; queueMicrotask(() => request.onerror()); return request; } }],
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
    assert.equal(problems.length, 1, 'told of once');
    mock.timers.reset();
  });
}

test('a write that never ends is waited for a second, the next not at all, and after a minute it is tried again', async () => {
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
  const problems: string[] = [];
  const outbox = new Outbox('test', (message) => problems.push(message));
  const done: number[] = [];
  outbox.done = (write) => done.push(write);
  outbox.put('a', { id: 'a' }, 1);
  await turn();
  assert.deepEqual(done, [], 'it is on its way');
  mock.timers.tick(500);
  await turn();
  assert.deepEqual(done, [], 'a page that stood still has looked once');
  mock.timers.tick(500);
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
  mock.timers.reset();
});
