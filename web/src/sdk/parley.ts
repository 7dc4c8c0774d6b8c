// What Parley has beyond the documented interface: the connection, the messages that
// wait, the core's figures.

import type * as Public from '../../index';
import * as args from '../shared/args';
import { guarded } from '../shared/errors';
import { Listenable } from '../shared/listeners';
import type { Core } from './core';

// More than can wait: the list is bounded even if an event is missed.
const entriesAtMost = 5000;

export class Parley extends Listenable<Public.ParleyEvents> implements Public.Parley {
  readonly version = PARLEY_VERSION;
  connection: Public.ConnectionState = { state: 'closed', code: 0 };
  readonly retry: Public.Parley['retry'];
  readonly discard: Public.Parley['discard'];
  readonly preload: Public.Parley['preload'];
  readonly stats: Public.Parley['stats'];
  private readonly entries = new Map<string, Public.PendingMessage>();

  constructor(core: () => Core) {
    super();
    this.retry = (eventId) => guarded(() => core().call('retry', { eventId: args.text('eventId', eventId) }));
    this.discard = (eventId) => guarded(() => core().call('discard', { eventId: args.text('eventId', eventId) }));
    this.stats = () => core().stats();
    this.preload = () => {
      const loaded = core().preload();
      // Only a hint: if nobody handles the promise, ICF.init reports the failure.
      loaded.catch(() => {});
      return loaded;
    };
  }

  pending(chatId?: string): Public.PendingMessage[] {
    return [...this.entries.values()].filter((entry) => chatId === undefined || entry.chatId === chatId);
  }

  /** Takes over an event before its listeners get it. */
  update(event: string, data: any): void {
    if (event === 'connection') this.connection = data;
    if (event !== 'message' || !data.eventId) return;
    this.entries.delete(data.eventId);
    if (data.state === 'pending' || data.state === 'failed') this.entries.set(data.eventId, data);
    if (this.entries.size > entriesAtMost) this.entries.delete(this.entries.keys().next().value!);
  }

  /** The user's chats are gone, with the messages that waited. */
  clear(): void {
    this.entries.clear();
  }
}
