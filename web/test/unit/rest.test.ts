// A core that nobody needs gives its memory back.
import assert from 'node:assert/strict';
import { beforeEach, type TestContext, test } from 'node:test';
import { Core, Parley } from '../../src/sdk/core';
import { Lobby } from '../../src/sdk/lobby';
import { Emitter } from '../../src/shared/listeners';
import { coreOptions as options } from './core-options';
import { FakeCore } from './fake-core';
import { newPage, tasks } from './page';

const halfAnHour = 30 * 60_000;

let fake: FakeCore;
let parley: Parley;
let core: Core;
let told: string[];

beforeEach(() => {
  newPage();
  fake = new FakeCore();
  const of = () => core;
  parley = new Parley(of, () => {});
  core = new Core({ icf: { isInit: false }, lobby: new Lobby(of), events: new Emitter(), parley }, '1.2.3', fake.loader);
  told = [];
  parley.on('recovered', () => told.push('recovered')).on('fatal', () => told.push('fatal'));
});

async function begun(t: TestContext): Promise<void> {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  await core.begin(options);
  await tasks();
}

async function after(t: TestContext, ms: number): Promise<void> {
  t.mock.timers.tick(ms);
  await tasks();
}

const ask = () => core.call('api', { method: 'GET', path: '/x' });
const commands = () => fake.entries.filter(({ name }) => name === 'command').map(({ text }) => JSON.parse(text!));

test('half an hour after its start a core that was not needed is let go, and the next calls have another one', async (t) => {
  await begun(t);
  await after(t, halfAnHour - 1);
  assert.notEqual(core.stats(), null);
  await after(t, 1);
  assert.deepEqual([core.stats(), core.engine?.current, fake.starts], [null, undefined, 1]);
  const before = fake.entries.length;
  window.dispatchEvent(new Event('online'));
  assert.equal(fake.entries.length, before, 'nothing of it is called any more');

  assert.equal(await core.begin(options), undefined);
  await Promise.all([ask(), core.call('event.send', { event: 'x', data: {} })]);
  assert.equal(fake.starts, 2);
  const woken = commands().slice(1);
  assert.deepEqual(
    woken.map(({ name }) => name),
    ['init', 'api', 'event.send'],
  );
  assert.deepEqual([woken[0].args.stored, woken[0].args.again.token], [null, '']);
  assert.deepEqual(told, [], 'the page notices nothing');
  await after(t, halfAnHour);
  await after(t, halfAnHour);
  assert.equal(core.stats(), null, 'it rests again');
});

test('a core that is called, waited for, or has a session or a chat stays', async (t) => {
  await begun(t);
  await after(t, halfAnHour / 2);
  await ask();
  await after(t, halfAnHour / 2);
  assert.notEqual(core.stats(), null, 'called a quarter of an hour ago');

  fake.answer = () => [];
  const waits = ask();
  for (let n = 0; n < 3; n++) await after(t, halfAnHour);
  assert.notEqual(core.stats(), null, 'a call waits');

  fake.answer = ({ id }) => [
    ['session', { logged: true, user: { id: 'me' }, token: 't' }],
    ['settle', id - 1, null],
    ['settle', id, null],
  ];
  await Promise.all([ask(), waits]);
  for (let n = 0; n < 3; n++) await after(t, halfAnHour);
  assert.notEqual(core.stats(), null, 'a session');

  fake.answer = ({ id }) => [
    ['session', { logged: false, user: null, token: null }],
    ['open', { id: 'c1', status: 'closed', users: [], watchers: [], history: [], seq: 3 }],
    ['settle', id, null],
  ];
  await ask();
  for (let n = 0; n < 3; n++) await after(t, halfAnHour);
  assert.notEqual(core.stats(), null, 'a chat');
  assert.equal(fake.starts, 1);
});

test('a core that cannot be woken is the error of the calls that need it, and the next call tries again', async (t) => {
  await begun(t);
  await after(t, halfAnHour);
  const load = t.mock.method(fake.loader, 'compiled', () => Promise.reject(new Error('no memory')));
  const [one, other] = await Promise.allSettled([ask(), ask()]);
  assert.deepEqual([one.status, other.status], ['rejected', 'rejected']);
  load.mock.restore();
  await ask();
  assert.equal(fake.starts, 2);
});

test('destroy ends the rest', async (t) => {
  await begun(t);
  await after(t, halfAnHour);
  const done = core.destroy();
  await tasks();
  await done;
  await assert.rejects(ask(), { code: 400 });
  await core.begin(options);
  assert.equal(fake.starts, 2);
  await core.destroy();
});
