import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { HttpSocket } from '../../src/engine/http-socket';
import { tasks } from './page';

type Asked = { lines: string[]; options: RequestInit; answer(text: string, status?: number): Promise<void>; fail(): Promise<void> };

let asked: Asked[];
let seen: unknown[];
let socket: HttpSocket;

beforeEach(() => {
  asked = [];
  seen = [];
  globalThis.fetch = ((_url: string, options: RequestInit) =>
    new Promise((resolve, reject) => {
      const after = async (settle: () => void) => {
        settle();
        await tasks();
      };
      options.signal!.addEventListener('abort', () => reject(new Error('aborted')));
      asked.push({
        lines: String(options.body).split('\n'),
        options,
        answer: (text, status = 200) => after(() => resolve(new Response(text, { status }))),
        fail: () => after(() => reject(new TypeError('no network'))),
      });
    })) as typeof fetch;
  socket = new HttpSocket('http://chat.example/v1/socket');
  socket.onopen = () => seen.push('open');
  socket.onmessage = ({ data }: { data: string }) => seen.push(data);
  socket.onclose = ({ code }: { code: number }) => seen.push(code);
});

/** The request whose first line begins so, the latest. */
const latest = (begin: string) => asked.filter(({ lines }) => lines[0]!.startsWith(begin)).at(-1)!;
const opened = () => asked[0]!.answer('node.secret\nend');

test('it opens, and polls again before it hands over what came', async () => {
  assert.deepEqual(asked[0]!.lines, ['open', 'end']);
  await opened();
  assert.deepEqual(latest('poll').lines, ['poll node.secret 1', 'end']);
  socket.onmessage = ({ data }: { data: string }) => seen.push([data, latest('poll').lines[0]]);
  await latest('poll').answer('{"a":1}\n{"b":2}\nend');
  assert.deepEqual(seen, ['open', ['{"a":1}', 'poll node.secret 2'], ['{"b":2}', 'poll node.secret 2']]);
  await latest('poll').answer('end');
  assert.deepEqual(latest('poll').lines, ['poll node.secret 3', 'end']);
  assert.equal(asked[0]!.options.credentials, 'omit');
  assert.deepEqual(
    asked.map(({ options }) => options.keepalive),
    [false, false, false, false],
    'a request that outlives the page would hide its end',
  );
  socket.close();
  await latest('close').answer('end');
});

test('frames go one request at a time, in order; what came meanwhile goes together', async () => {
  await opened();
  for (const frame of ['1', '2', '3']) socket.send(frame);
  assert.deepEqual(latest('send').lines, ['send node.secret 1', '1', 'end']);
  await latest('send').answer('end');
  assert.deepEqual(latest('send').lines, ['send node.secret 2', '2', '3', 'end']);
  assert.ok(latest('send').options.keepalive);
  socket.close();
  assert.equal(latest('close'), undefined, 'what was sent goes first');
  await latest('send').answer('end');
  assert.deepEqual(latest('close').lines, ['close node.secret', 'end']);
  await latest('close').answer('end');
  assert.deepEqual(seen, ['open', 1000]);
});

for (const [name, spoil] of [
  ['is cut in mid-frame', () => latest('poll').answer('{"a":1}\n{"b"')],
  ['is cut between frames', () => latest('poll').answer('{"a":1}\n')],
  ['fails', () => latest('poll').fail()],
  ['says that the connection is gone', () => latest('poll').answer('{"error":{}}', 410)],
] as const) {
  test(`a poll that ${name} ends the connection, and nothing of it is handed over`, async () => {
    await opened();
    await spoil();
    assert.deepEqual(seen, ['open', 1006]);
    socket.send('too late');
    await tasks();
    assert.equal(seen.length, 2);
  });
}

test('a frame that cannot be sent ends the connection, and so its poll', async () => {
  await opened();
  socket.send('1');
  await latest('send').fail();
  assert.ok(latest('poll').options.signal!.aborted);
  assert.deepEqual(seen, ['open', 1006]);
});

test('closed before it is open, it asks for nothing more', async () => {
  socket.close();
  await tasks();
  assert.ok(asked[0]!.options.signal!.aborted);
  assert.equal(asked.length, 1);
});
