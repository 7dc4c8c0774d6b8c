import assert from 'node:assert/strict';
import test from 'node:test';

import { JoinedSocket } from '../../src/engine/joined';

// A WebSocket whose other end is the test.
class Wire {
  onopen: any;
  onmessage: any;
  onclose: any;
  readyState = 1;
  readonly sent: string[] = [];
  send(message: string): void {
    this.sent.push(message);
  }
  close(): void {
    this.readyState = 2;
  }
}

const joined = () => {
  const wire = new Wire();
  const socket = new JoinedSocket(wire as any);
  const heard: unknown[] = [];
  socket.onmessage = ({ data }: { data: unknown }) => heard.push(data);
  return { wire, socket, heard };
};

const microtasks = () => new Promise((resolve) => setTimeout(resolve));

Object.assign(globalThis, { WebSocket: { OPEN: 1 } });

test('frames go by themselves until the server has ended one with a line feed', async () => {
  const { wire, socket } = joined();
  socket.send('{"id":"1"}');
  wire.onmessage({ data: '{\n  "id": "1"\n}' }); // of a server that knows no lines
  socket.send('{"id":"2"}');
  assert.deepEqual(wire.sent, ['{"id":"1"}', '{"id":"2"}']);
  wire.onmessage({ data: '{"id":"2"}\n' });
  for (const id of ['3', '4', '5']) socket.send(`{"id":"${id}"}`);
  await microtasks();
  assert.deepEqual(wire.sent.slice(2), ['{"id":"3"}', '{"id":"4"}\n{"id":"5"}']);
});

test('the first frame of a task goes out at once, unless the last task had several', async () => {
  const { wire, socket } = joined();
  wire.onmessage({ data: '{}\n' });
  const gone = async (...frames: string[]) => {
    for (const frame of frames) socket.send(frame);
    const atOnce = wire.sent.splice(0);
    await microtasks();
    return [atOnce, wire.sent.splice(0)];
  };
  assert.deepEqual(await gone('1'), [['1'], []]);
  assert.deepEqual(await gone('2', '3', '4'), [['2'], ['3\n4']]);
  assert.deepEqual(await gone('5', '6'), [[], ['5\n6']]);
  assert.deepEqual(await gone('7'), [[], ['7']]);
  assert.deepEqual(await gone('8'), [['8'], []]);
});

test('each frame of a message is heard by itself, in order', () => {
  const { wire, heard } = joined();
  const bytes = new ArrayBuffer(1);
  for (const data of ['{"a":1}', '{"a":2}\n', '{"a":3}\n7{"a":4}\n7\n', bytes]) wire.onmessage({ data });
  assert.deepEqual(heard, ['{"a":1}', '{"a":2}', '{"a":3}', '7{"a":4}', '7', bytes]);
});

test('what promises of the same task send goes out with it', async () => {
  const { wire, socket } = joined();
  wire.onmessage({ data: '{}\n' });
  const sender = async (n: number) => {
    await undefined;
    socket.send(String(n));
  };
  await Promise.all([1, 2, 3].map(sender));
  assert.deepEqual(wire.sent, ['1', '2\n3']);
});

test('a message is no longer than the server takes, but a frame alone may be', async () => {
  const { wire, socket } = joined();
  wire.onmessage({ data: '{}\n' });
  const frames = ['a'.repeat(15_000), 'b'.repeat(6_000), 'c'.repeat(100_000), 'd'];
  for (const frame of frames) socket.send(frame);
  await microtasks();
  assert.deepEqual(wire.sent, frames);
});

test('what was sent before the close goes out before it, and nothing after the end', async () => {
  const { wire, socket } = joined();
  wire.onmessage({ data: '{}\n' });
  socket.send('last');
  socket.close(1000);
  socket.send('after');
  await microtasks();
  assert.deepEqual(wire.sent, ['last']);
});
