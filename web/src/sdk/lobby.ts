// The user's presence: who is logged in, and the chats held in this page.

import type * as Public from '../../index';
import * as args from '../shared/args';
import { guarded, type ParleyError } from '../shared/errors';
import { emitterOf, Listenable } from '../shared/listeners';
import type { Core } from './core';
import { stopMonitors } from './monitor';

// Whether a chat had begun in the browser when the script ran.
const began = (() => {
  try {
    return /(^|; )i\.cc=/.test(document.cookie);
  } catch {
    return false; // a sandboxed page has no cookies, and restores nothing
  }
})();

export class Lobby extends Listenable<Public.LobbyEvents> implements Public.Lobby {
  logged = false;
  // Pages may assign to it, so it is read each time.
  chats: Record<string, Public.Chat> = {};
  readonly init: Public.Lobby['init'];
  readonly close: Public.Lobby['close'];

  private own = false;

  constructor(core: () => Pick<Core, 'call' | 'logout' | 'begun' | 'user'>) {
    super();
    this.init = (user) =>
      guarded(async () => {
        const { id, token } = args.object('user', user);
        const login = { id: args.text('user.id', id), token: args.text('user.token', token) };
        try {
          const done = await core().call('login', login);
          this.own = true;
          return done;
        } catch (thrown) {
          if (!this.joins(thrown)) throw thrown;
          return { user: core().user };
        }
      });
    this.close = async () => {
      stopMonitors();
      const done = core().begun ? core().logout() : undefined;
      // At once, because listeners that are added from now on are for the next chat.
      emitterOf(this).clear();
      return done;
    };
  }

  /**
   * Whether a refusal means that another tab has begun since this page was loaded: the page found no session then, and
   * `ICF.init` has restored one. The page goes on with that tab's user and chat, as it would after a reload.
   */
  joins(thrown: unknown): boolean {
    return !began && !this.own && this.logged && (thrown as Partial<ParleyError>).code === 409;
  }

  getUserChats(): Record<string, Public.Chat> {
    return Object.fromEntries(Object.entries(this.chats ?? {}).filter(([, chat]) => chat && !chat.closed));
  }
}
