import assert from 'node:assert/strict';
import test from 'node:test';

import { early } from '../../src/engine/early-socket';
import { tasks } from './page';

const made = () => {
  const closed: number[] = [];
  const socket: any = { send() {}, close: (code: number) => closed.push(code) };
  return { socket, closed, take: early(socket) };
};

test('a socket that has opened early opens for the core, in a step after its dial', async () => {
  const { socket, take } = made();
  const event = new Event('open');
  socket.onopen(event);
  assert.equal(take(), socket);
  const opened: unknown[] = [];
  socket.onopen = (event: unknown) => opened.push(event);
  assert.deepEqual(opened, []);
  await tasks();
  assert.deepEqual(opened, [event]);
  assert.equal(take(), undefined, 'somebody has it');
});

test('one that opens later is handed over as it is', async () => {
  const { socket, take } = made();
  assert.equal(take(), socket);
  socket.onopen = () => assert.fail('it has not opened');
  await tasks();
});

test('one that could not be made fails for the core', async () => {
  const { socket, take } = made();
  socket.onclose({ code: 1006 });
  assert.equal(take(), socket);
  const ends: unknown[] = [];
  socket.onclose = (end: unknown) => ends.push(end);
  await tasks();
  assert.deepEqual(ends, [{ code: 1006 }]);
});

test('one that has opened and ended, or that the server speaks on, is not handed over', () => {
  const ended = made();
  ended.socket.onopen({});
  ended.socket.onclose({ code: 1006 });
  assert.equal(ended.take(), undefined);
  const spoken = made();
  spoken.socket.onmessage({ data: '{"event":"bye"}' });
  assert.deepEqual(spoken.closed, [1000]);
  assert.equal(spoken.take(), undefined);
});
