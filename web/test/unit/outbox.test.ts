import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Outbox } from '../../src/outbox';
import { newPage } from './page';

const ids = async (outbox: Outbox) => (await outbox.take(true)).map(({ id }) => id);
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
    outbox.put('a', { id: 'a' });
    outbox.put('b', { id: 'b' });
    await turn();
    assert.deepEqual(await ids(outbox), ['a', 'b']);
    outbox.put('a', null);
    outbox.put('c', { id: 'c' });
    await turn();
    assert.deepEqual(await ids(outbox), ['b', 'c'], 'the next write takes away what is done');
    outbox.put('b', null);
    mock.timers.tick(250);
    await turn();
    assert.deepEqual(await ids(outbox), ['c'], 'and so does a while without one');
    assert.equal(problems.length, 1, 'told of once');
    mock.timers.reset();
  });
}
