import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withQuery } from '../../src/sdk/query';

test('parameters go into the query', () => {
  for (const [path, params, want] of [
    ['/chats', undefined, '/chats'],
    ['/chats', {}, '/chats'],
    [
      '/agents/available',
      { roomIds: ['1', '2'], langs: 'pt br', none: null, gone: undefined },
      '/agents/available?roomIds=1%2C2&langs=pt+br',
    ],
    ['/a?b=1', { c: 2, d: true, e: 1.5 }, '/a?b=1&c=2&d=true&e=1.5'],
    [
      '/a',
      { list: [1, null, { b: 2 }], at: new Date(0), deep: { c: [true] } },
      '/a?list=1%2Cnull%2C%7B%22b%22%3A2%7D&at=1970-01-01T00%3A00%3A00.000Z&deep=%7B%22c%22%3A%5Btrue%5D%7D',
    ],
    ['/a', { 'é&': '=' }, '/a?%C3%A9%26=%3D'],
  ] as [string, Record<string, unknown> | undefined, string][]) {
    assert.equal(withQuery(path, params), want);
  }
});
