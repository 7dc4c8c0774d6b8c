// A page with a whole ICF on a fake core, for tests of views.

import { mock } from 'node:test';
import type { Icf } from '../../index';
import { createIcf } from '../../src/sdk/create';
import { FakeCore } from './fake-core';
import { newPage, tasks } from './page';

export const options = { appId: 'demo', server: 'http://chat.example' };

export const chatData = (more: object = {}) => ({
  id: 'c1',
  status: 'active',
  creator: 'me',
  created: 1,
  inQueue: false,
  users: [
    { id: 'me', name: 'Ada' },
    { id: 'agent', name: 'Bo' },
  ],
  watchers: [],
  history: [],
  ...more,
});

/** The n-th message of the chat. */
export const message = (n: number, sender: string, more: object = {}) => ({
  id: `c1.${n}`,
  chat: 'c1',
  sender,
  type: 'text',
  message: `message ${n}`,
  created: 1000 + n,
  ...more,
});

export class ChatPage {
  readonly core = new FakeCore();
  readonly icf: Icf;

  /** On a new page, if the test does not have one with a DOM. */
  constructor() {
    if (typeof window === 'undefined' || !('happyDOM' in window)) newPage();
    this.icf = createIcf(Object.assign(this.core.loader, { address: 'http://chat.example/', place: () => {} }));
  }

  /** What the core tells of its own accord. */
  async push(...effects: unknown[][]): Promise<void> {
    this.core.react = () => effects;
    window.dispatchEvent(new window.Event('online'));
    this.core.react = () => [];
    await tasks();
  }

  /** Begins, with a user who is logged in, and a chat if it is given; `other` answers what comes after that. */
  async begin(chat?: object, other: FakeCore['answer'] = () => []): Promise<Icf> {
    this.core.answer = (call) => (call.name === 'init' ? began(call.id) : other(call));
    const began = (id: number) => [
      ['session', { isInit: true, logged: true, user: { id: 'me', name: 'Ada' }, token: 't' }],
      ['parley', 'connection', { state: 'open', code: 0 }],
      ...(chat ? [['open', chat]] : []),
      ['settle', id, null],
    ];
    await this.icf.init(options);
    await tasks();
    return this.icf;
  }

  /** The next commands are answered with these effects; `id` stands for the number of the call. */
  answer(effects: (call: { id: number; name: string; args: any }) => unknown[][]): void {
    this.core.answer = effects;
  }

  /** The arguments of the commands of this name. */
  commands(name: string): any[] {
    return this.core.entries
      .filter((entry) => entry.name === 'command')
      .map((entry) => JSON.parse(entry.text!))
      .filter((command) => command.name === name)
      .map(({ args }) => args);
  }
}

/** Stops the clock: `mock.timers.tick` moves it. */
export const stopClock = () => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 2_000_000 });
