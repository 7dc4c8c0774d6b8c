import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Core, Parley } from '../../src/sdk/core';
import { Lobby } from '../../src/sdk/lobby';
import type { CoreOptions } from '../../src/shared/contract';
import { Emitter } from '../../src/shared/listeners';
import { FakeCore } from './fake-core';
import { newPage, tasks } from './page';

let page: ReturnType<typeof newPage>;
let fake: FakeCore;
let icf: { isInit: boolean };
let lobby: Lobby;
let core: Core;
let heard: { chatIds: string[]; isInit: boolean; texts: unknown[] }[];

const options = { appId: 'demo', api: 'http://chat.example/v1', socket: 'ws://chat.example/v1/socket', session: 'none' } as CoreOptions;
const chatData = (id: string, history: object[] = []) => ({ id, status: 'waiting', users: [{ id: 'me' }], watchers: [], history });

beforeEach(async () => {
  page = newPage();
  fake = new FakeCore();
  icf = { isInit: false };
  heard = [];
  const parley = new Parley(
    () => core,
    () => {},
  );
  lobby = new Lobby(() => core);
  core = new Core({ icf, lobby, events: new Emitter(), parley }, '1.2.3', fake.loader);
  fake.answer = ({ id }) => [
    ['session', { isInit: true, logged: true, user: { id: 'me' }, token: 't' }],
    ['open', chatData('c1', [{ id: 'c1.1', created: 1, sender: 'agent' }])],
    ['settle', id, null],
  ];
  await core.begin(options);
  await tasks();
  parley.on('change', ({ chatIds }) =>
    heard.push({ chatIds, isInit: icf.isInit, texts: Object.values(lobby.chats).map(({ history }) => history.length) }),
  );
});

/** What the event told of a batch of effects. */
async function told(...batch: unknown[][]): Promise<typeof heard> {
  heard = [];
  fake.react = () => batch;
  page.window.dispatchEvent(new Event('online'));
  assert.deepEqual(heard, [], 'not before the batch is through');
  await tasks();
  return heard;
}

test('a batch is one event `change`, after it, which names the chats', async () => {
  for (const [batch, chatIds, texts] of [
    [[['patch', 'c1', { inQueue: true }]], ['c1'], [1]],
    [[['append', 'c1', [{ id: 'c1.2', created: 2 }], '']], ['c1'], [2]],
    [[['chat', 'c1', 'message:read', { message: { id: 'c1.2' }, userId: 'agent' }]], ['c1'], [2]],
    [[['parley', 'message', { chatId: 'c1', eventId: 'e1', state: 'pending', text: 'x' }]], ['c1'], [2]],
    [[['parley', 'connection', { state: 'waiting', code: 0 }]], [], [2]],
    [
      [
        ['open', chatData('c2')],
        ['patch', 'c1', { inQueue: false }],
        ['append', 'c1', [{ id: 'c1.3', created: 3 }], ''],
      ],
      ['c2'],
      [2, 0], // what concerns a chat that is held waits for listeners of the new one
    ],
    [[['drop']], [], []],
    [[['session', { isInit: false, logged: false }]], [], []],
  ] as const) {
    const [first, ...more] = await told(...(batch as unknown as unknown[][]));
    assert.deepEqual([first!.chatIds, first!.texts], [chatIds, texts], JSON.stringify(batch));
    assert.ok(more.every((event) => batch.length > 1 && event.chatIds.every((id) => id === 'c1')));
  }
  assert.equal(icf.isInit, false);
});

test('typing and the like, and positions, are no change', async () => {
  assert.deepEqual(await told(['chat', 'c1', 'user:activity', { userId: 'agent', type: 'writing' }], ['at', 'c1', 7]), []);
});

test('an own receipt and an import are changes too', async () => {
  fake.answer = ({ id, args }) => [['settle', id, { userId: 'me', message: { id: args.messageId } }]];
  await lobby.chats.c1!.readMessage('c1.1');
  await tasks();
  assert.deepEqual(heard.at(-1)?.chatIds, ['c1']);
  assert.deepEqual(lobby.chats.c1!.history[0]!.readBy, ['me']);

  heard = [];
  fake.answer = ({ id }) => [['reject', id, { code: 403, message: 'not in the chat' }]];
  const imported = lobby.chats.c1!.importHistory([{ sender: 'assistant', message: 'hi', created: 1 }]);
  await assert.rejects(Promise.resolve(imported), { code: 403 });
  await tasks();
  assert.deepEqual(
    heard.map(({ texts }) => texts),
    [[2], [1]],
    'shown, and taken back',
  );
});
