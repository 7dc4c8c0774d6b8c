// Loading the core ahead of a chat.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Core, Parley } from '../../src/sdk/core';
import { Lobby } from '../../src/sdk/lobby';
import { Emitter } from '../../src/shared/listeners';
import { coreOptions as options } from './core-options';
import { FakeCore } from './fake-core';
import { newPage } from './page';

let fake: FakeCore;
let parley: Parley;
let core: Core;

beforeEach(() => {
  newPage();
  fake = new FakeCore();
  const of = () => core;
  parley = new Parley(of, () => {});
  core = new Core({ icf: { isInit: false }, lobby: new Lobby(of), events: new Emitter(), parley }, '1.2.3', fake.loader);
});

test('where the visitor saves data, preload loads nothing until a chat is wanted', async (t) => {
  const loaded = t.mock.method(fake.loader, 'compiled');
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  t.after(() => (before ? Object.defineProperty(globalThis, 'navigator', before) : Reflect.deleteProperty(globalThis, 'navigator')));
  Object.defineProperty(globalThis, 'navigator', { value: { connection: { saveData: true } }, configurable: true });
  await parley.preload();
  assert.equal(loaded.mock.callCount(), 0);
  await Promise.all([core.begin(options), parley.preload()]);
  assert.ok(loaded.mock.callCount() > 0);
});

test('where the browser says nothing of data, preload loads', async (t) => {
  const loaded = t.mock.method(fake.loader, 'compiled');
  await parley.preload();
  assert.equal(loaded.mock.callCount(), 1);
});

test('the same options are the same call, also when the page has wrapped fetch meanwhile', async (t) => {
  const { fetch } = globalThis;
  t.after(() => Object.assign(globalThis, { fetch }));
  const { worker, ...rest } = options;
  const same = { ...rest, worker: undefined };
  const first = core.begin(same);
  globalThis.fetch = (...args) => fetch(...args);
  assert.equal(core.begin({ ...same }), first);
  await first;
});
