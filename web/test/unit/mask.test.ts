import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mask } from '../../src/debug/mask';

const send = (mask: Mask, data: object) => mask.item(['send', 1, JSON.stringify({ id: 'r1', event: 'chats:get', data })])[2];

test('what the core itself writes stays, and what people wrote does not', () => {
  const data = { chatId: 'c', fields: 'users,watchers,history', message: 'hello' };
  assert.deepEqual(send(new Mask(), data), { id: 'r1', event: 'chats:get', data: { ...data, message: 'xxxxx' } });
});

test('an id that begins with another one is masked whole in the words of an error', () => {
  const mask = new Mask();
  const masked: any = send(mask, { chatId: 'chat@shop.example', messageId: 'chat@shop.example.1' });
  const [, , error]: any = mask.item(['reject', 1, { code: 502, message: 'the server repeats message "chat@shop.example.1"' }]);
  assert.equal(error.message, `the server repeats message "${masked.data.messageId}"`);
});
