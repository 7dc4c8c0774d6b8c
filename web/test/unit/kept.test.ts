import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remember, remembered } from '../../src/element/kept';

const stored = new Map<string, string>();
Object.defineProperty(globalThis, 'sessionStorage', {
  configurable: true,
  value: {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  },
});

test('a tab goes on with the chat that it has kept, and forgets what it cannot show', () => {
  remember({ appId: 'shop', chatId: 'c', unread: 0, media: undefined as never, state: '', people: [], messages: [] });
  assert.equal(remembered('shop')?.chatId, 'c');
  const [[key, whole]] = [...stored] as [[string, string]];
  for (const spoilt of [
    '{',
    'null',
    JSON.stringify({ ...JSON.parse(whole), people: undefined }), // as an earlier build has kept it
    JSON.stringify({ ...JSON.parse(whole), messages: undefined }),
    JSON.stringify({ ...JSON.parse(whole), appId: 'other' }),
  ]) {
    stored.set(key, spoilt);
    assert.equal(remembered('shop'), undefined, spoilt);
    assert.equal(stored.size, 0, spoilt);
  }
});
