import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Outbox } from '../../src/outbox';

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
    const outbox = new Outbox('test');
    assert.deepEqual(await outbox.records(), []);
    mock.timers.enable({ apis: ['setTimeout'] });
    outbox.put('a', { n: 1 });
    outbox.put('b', { n: 2 });
    await turn();
    assert.deepEqual(await outbox.records(), [{ n: 1 }, { n: 2 }]);
    outbox.put('a', null);
    outbox.put('c', { n: 3 });
    await turn();
    assert.deepEqual(await outbox.records(), [{ n: 2 }, { n: 3 }], 'the next write takes away what is done');
    outbox.put('b', null);
    mock.timers.tick(250);
    await turn();
    assert.deepEqual(await outbox.records(), [{ n: 3 }], 'and so does a while without one');
    mock.timers.reset();
  });
}
