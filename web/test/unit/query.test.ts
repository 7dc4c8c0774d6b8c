import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withQuery } from '../../src/query';

test('parameters go into the query', () => {
  for (const [path, params, want] of [
    ['/chats', undefined, '/chats'],
    ['/chats', {}, '/chats'],
    ['/agents/available', { roomIds: ['1', '2'], langs: 'pt br', none: null, gone: undefined }, '/agents/available?roomIds=1%2C2&langs=pt+br'],
    ['/a?b=1', { c: 2, d: true, e: 1.5 }, '/a?b=1&c=2&d=true&e=1.5'],
    ['/a', { 'é&': '=' }, '/a?%C3%A9%26=%3D'],
  ] as [string, Record<string, unknown> | undefined, string][]) {
    assert.equal(withQuery(path, params), want);
  }
});
