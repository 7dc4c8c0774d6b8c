import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../src/outbox';

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
    await outbox.put('a', { n: 1 });
    await outbox.put('b', { n: 2 });
    await outbox.put('a', null);
    assert.deepEqual(await outbox.records(), [{ n: 2 }]);
  });
}
