// A core in a Worker, as the page sees it: what goes by message, and when the Worker is given up.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { PAGE } from '../../src/engine/page-events';
import { Remote, type RemoteEnds } from '../../src/engine/remote';
import type { CoreCode } from '../../src/shared/contract';
import { tasks } from './page';

Object.assign(globalThis, { PARLEY_WORKER: { name: 'worker.js', integrity: '' }, origin: 'http://shop.example' });

class FakeWorker {
  static last: FakeWorker;
  readonly sent: unknown[][] = [];
  terminated = false;
  onmessage!: (event: { data: unknown[][] }) => void;
  onerror!: (event: object) => void;

  constructor(readonly url: string) {
    FakeWorker.last = this;
  }

  postMessage(message: unknown[][]): void {
    this.sent.push(...message);
  }

  terminate(): void {
    this.terminated = true;
  }

  say(...message: unknown[]): void {
    this.onmessage({ data: [message] });
  }

  named = (name: string) => this.sent.filter(([sent]) => sent === name).length;
}

const files = {
  beside: (name: string) => `http://shop.example/sdk/${name}`,
  addresses: () => ['core.wasm'],
  trusted: (url: string) => url,
};
const beginning = { version: '1.2.3', again: false, first: undefined };
let over: AbortController;
let heard: unknown[];
let now: number;

const ends: RemoteEnds = {
  apply: (batch) => heard.push(['apply', batch]),
  failed: (message) => heard.push(['failed', message]),
  refused: (message) => heard.push(['refused', message]),
};

// Lets time pass, in which the page's thread runs.
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    now += 500;
    mock.timers.tick(500);
    await tasks();
  }
}

beforeEach(() => {
  heard = [];
  now = 0;
  over = new AbortController();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  mock.method(performance, 'now', () => now);
  Object.assign(globalThis, { Worker: FakeWorker });
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

async function begun(): Promise<[Remote, FakeWorker]> {
  const starting = Remote.start(files as CoreCode, beginning, ends, over.signal);
  FakeWorker.last.say('started');
  const remote = await starting;
  FakeWorker.last.say('figures', { chats: 0 });
  return [remote, FakeWorker.last];
}

test('it starts with what the core begins with and where its code lies, and has its figures', async () => {
  const [remote, worker] = await begun();
  assert.equal(worker.url, 'http://shop.example/sdk/worker.js');
  assert.deepEqual(worker.sent[0], ['start', beginning, ['core.wasm']]);
  assert.deepEqual(remote.stats(), { chats: 0 });
  remote.command(7, 'logout', '{}');
  await Promise.resolve();
  assert.deepEqual(worker.sent.at(-1), ['command', 7, 'logout', '{}']);
  worker.say('apply', [['settle', 7, null]]);
  worker.say('refused', 'the policy');
  assert.deepEqual(heard, [
    ['apply', [['settle', 7, null]]],
    ['refused', 'the policy'],
  ]);
});

test('a Worker that cannot start its core, or whose script cannot be loaded, is let go', async () => {
  const refused = assert.rejects(Remote.start(files as CoreCode, beginning, ends, over.signal), {
    code: 503,
    reason: 'not-loaded',
    message: 'no core',
  });
  FakeWorker.last.say('failed', 'no core', { code: 503, reason: 'not-loaded' });
  await refused;
  assert.ok(FakeWorker.last.terminated);
  const missing = assert.rejects(Remote.start(files as CoreCode, beginning, ends, over.signal), {
    message: 'its script could not be loaded',
  });
  FakeWorker.last.onerror({ preventDefault() {} });
  await missing;
  const slow = assert.rejects(Remote.start(files as CoreCode, beginning, ends, over.signal), {
    message: 'its script did not load in time',
  });
  await pass(60_100);
  await slow;
  const silent = assert.rejects(Remote.start(files as CoreCode, beginning, ends, over.signal), { message: /does not answer/ });
  FakeWorker.last.say('here');
  await pass(30_100);
  await silent;
  const unwanted = assert.rejects(Remote.start(files as CoreCode, beginning, ends, over.signal), { message: 'ended before it started' });
  over.abort();
  await unwanted;
  assert.ok(FakeWorker.last.terminated);
  assert.deepEqual(heard, []);
});

test('a Worker that is asked twice and says nothing has ended; one that answers late has not', async () => {
  const [remote, worker] = await begun();
  remote.command(1, 'logout', '{}');
  await pass(9_000);
  assert.equal(worker.named('ping'), 1);
  worker.say('pong', 0);
  await pass(4_500);
  assert.deepEqual(heard, []);
  await pass(20_000); // nothing was asked, so it is asked now
  assert.deepEqual(heard, [['failed', 'the chat core does not answer: its Worker has ended, or stands still']]);
  assert.ok(worker.terminated);
  worker.say('apply', []);
  remote.command(2, 'logout', '{}');
  assert.equal(heard.length, 1, 'nothing comes of it any more');
});

test('a page that stood still asks again before it gives its Worker up', async () => {
  const [remote, worker] = await begun();
  remote.command(1, 'logout', '{}');
  now += 20_000;
  mock.timers.tick(5000); // late
  await tasks();
  now += 20_000;
  mock.timers.tick(5000);
  await tasks();
  assert.deepEqual(heard, []);
  worker.say('apply', [['settle', 1, null]]);
  assert.equal(heard.length, 1);
});

test('what was asked is carried out when the Worker has answered a question after it, or has ended', async () => {
  const [remote, worker] = await begun();
  let settled = 0;
  void remote.settled()!.then(() => settled++);
  worker.say('pong', 0); // to an earlier question
  await Promise.resolve();
  assert.equal(settled, 0);
  worker.say('pong', worker.sent.at(-1)![1]);
  await Promise.resolve();
  assert.equal(settled, 1);
  void remote.settled()!.then(() => settled++);
  worker.say('failed', 'it broke');
  await Promise.resolve();
  assert.equal(settled, 2);
  assert.equal(remote.settled(), undefined);
});

test('stopped, it waits for the goodbye of its sockets, for a second at most', async () => {
  const [remote, worker] = await begun();
  let stopped = 0;
  void remote.stop().then(() => stopped++);
  await Promise.resolve();
  assert.deepEqual(worker.sent.at(-1), ['stop']);
  worker.say('apply', [['drop']]);
  worker.say('stopped');
  await Promise.resolve();
  assert.deepEqual([stopped, worker.terminated, heard], [1, true, []]);
  const [other, silent] = await begun();
  void other.stop();
  await pass(1000);
  assert.ok(silent.terminated);
});

test('what one task says goes there in one message, in order, and each of what comes together is heard', async () => {
  const [remote, worker] = await begun();
  const posted: string[][] = [];
  mock.method(worker, 'postMessage', (message: string[][]) => posted.push(message.map(([name]) => name!)));
  remote.command(1, 'logout', '{}');
  assert.deepEqual(posted, [['command']], 'at once');
  await tasks();
  for (let i = 0; i < 2; i++) {
    void Promise.resolve().then(() => remote.fetched(2, 200, ''));
    remote.page(PAGE.hidden);
    remote.command(3, 'logout', '{}');
    await tasks();
  }
  assert.deepEqual(posted, [['command'], ['page'], ['command', 'fetched'], ['page', 'command', 'fetched']]);
  worker.onmessage({ data: [['apply', [['settle', 1, null]]], ['stopped'], ['apply', []]] });
  assert.deepEqual(heard, [
    ['apply', [['settle', 1, null]]],
    ['apply', []],
  ]);
});

test('more commands than the core would take are refused before they are on their way', async () => {
  const [remote, worker] = await begun();
  for (let call = 1; call <= 4097; call++) remote.command(call, 'logout', '{}');
  await Promise.resolve();
  assert.equal(worker.named('command'), 4096);
  const [[, [[kind, call, { reason }]]]] = heard as any;
  assert.deepEqual([kind, call, reason], ['reject', 4097, 'too-many-requests']);
  worker.say('pong', 0);
  remote.command(4098, 'logout', '{}');
  await Promise.resolve();
  assert.equal(worker.named('command'), 4097);
});

test('what is recorded there comes by message', async () => {
  const [remote, worker] = await begun();
  const entries: unknown[] = [];
  const end = remote.record({ core: 1, fresh: true, began: 0 }, (entry) => entries.push(entry));
  worker.say('recorded', { n: 1 });
  end();
  await Promise.resolve();
  assert.deepEqual(entries, [{ n: 1 }]);
  assert.deepEqual(worker.sent.filter(([name]) => name === 'record').length, 2);
});
