// The user's presence: who is logged in, and the chats held in this page.

import type * as Public from '../../index';
import * as args from '../shared/args';
import { guarded } from '../shared/errors';
import { emitterOf, Listenable } from '../shared/listeners';
import type { Core } from './core';
import { stopMonitors } from './monitor';

export class Lobby extends Listenable<Public.LobbyEvents> implements Public.Lobby {
  logged = false;
  // Pages may assign to it, so it is read each time.
  chats: Record<string, Public.Chat> = {};
  readonly init: Public.Lobby['init'];
  readonly close: Public.Lobby['close'];

  constructor(core: () => Pick<Core, 'call' | 'logout' | 'begun'>) {
    super();
    this.init = (user) =>
      guarded(() => {
        const { id, token } = args.object('user', user);
        return core().call('login', { id: args.text('user.id', id), token: args.text('user.token', token) });
      });
    this.close = async () => {
      stopMonitors();
      const done = core().begun ? core().logout() : undefined;
      // At once, because listeners that are added from now on are for the next chat.
      emitterOf(this).clear();
      return done;
    };
  }

  getUserChats(): Record<string, Public.Chat> {
    return Object.fromEntries(Object.entries(this.chats ?? {}).filter(([, chat]) => chat && !chat.closed));
  }
}
