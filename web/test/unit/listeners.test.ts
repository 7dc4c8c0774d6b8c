import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../src/shared/listeners';
import { reported } from './page';

test('listeners are called in the order of their coming', () => {
  const heard: string[] = [];
  const emitter = new Emitter();
  emitter.on('a', () => heard.push('first'));
  emitter.once('a', () => heard.push('once'));
  emitter.on('a', () => heard.push('last'));
  emitter.emit('a', null);
  emitter.emit('a', null);
  emitter.emit('b', null);
  assert.deepEqual(heard, ['first', 'once', 'last', 'first', 'last']);
});

test('a change during an emit is met by the next', () => {
  const heard: string[] = [];
  const emitter = new Emitter();
  const second = () => heard.push('second');
  emitter.on('a', () => {
    heard.push('first');
    emitter.off('a', second);
    emitter.on('a', () => heard.push('new'));
  });
  emitter.on('a', second);
  emitter.emit('a', null);
  assert.deepEqual(heard, ['first', 'second']);
  emitter.emit('a', null);
  assert.deepEqual(heard, ['first', 'second', 'first', 'new']);
});

test('off takes a listener added by once, one of many, or all', () => {
  let heard = 0;
  const emitter = new Emitter();
  const listener = () => void heard++;
  emitter.once('a', listener);
  emitter.off('a', listener);
  emitter.emit('a', null);
  assert.equal(heard, 0);
  emitter.on('a', listener);
  emitter.on('a', listener);
  emitter.off('a', listener);
  emitter.emit('a', null);
  assert.equal(heard, 1);
  emitter.off('a');
  emitter.off('never');
  emitter.emit('a', null);
  assert.equal(heard, 1);
});

test('a listener that throws is reported and does not stop the rest', () => {
  const errors = reported();
  const heard: unknown[] = [];
  const emitter = new Emitter();
  emitter.on('a', () => {
    throw new Error('page fault');
  });
  emitter.on('a', (data) => heard.push(data));
  emitter.emit('a', 1);
  assert.deepEqual(heard, [1]);
  assert.match(String(errors[0]), /page fault/);
});

test('what is no listener is refused', () => {
  const emitter = new Emitter();
  for (const add of ['on', 'once'] as const) {
    assert.throws(() => emitter[add]('a', undefined as never), { code: 400, message: /listener must be a function, got undefined/ });
    assert.throws(() => emitter[add](5 as never, () => {}), { code: 400, message: /event must be a string/ });
  }
});
