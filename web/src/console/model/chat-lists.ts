// The lists beside the agent's own chats: waiting, active (for a supervisor) and closed chats.

import { ClosedList, LiveList } from './listed-chats';
import { Observable } from './observable';

export type List = 'own' | 'waiting' | 'active' | 'closed';

/** The server does not report what becomes of other agents' chats, so the lists of active and closed chats are read again this often. */
const everyMs = 10_000;

export class ChatLists extends Observable {
  readonly waiting = new LiveList('waiting');
  readonly active = new LiveList('active');
  readonly closed = new ClosedList();
  /** The list that is shown. */
  shown: List = 'own';
  private stopped = false;

  /** `all`: the agent may see the chats of others. */
  constructor(readonly all: boolean) {
    super();
    for (const list of [this.waiting, this.active, this.closed]) list.watch(() => this.changed());
    ICF.Events.subscribe('queues:changed', () => this.refresh());
    ICF.Events.subscribe('chats:info', ({ type }: { type?: string }) => type === 'ticket' && this.closedOne());
    setInterval(() => {
      if (document.visibilityState !== 'visible') return;
      if (this.shown === 'active') this.refresh();
      this.closedOne();
    }, everyMs);
    this.refresh();
  }

  /** Reads the waiting and active chats again. */
  refresh(): void {
    if (this.stopped) return;
    void this.waiting.refresh();
    if (this.all) void this.active.refresh();
  }

  /** Adds what was closed meanwhile to the list of closed chats, if that is shown. */
  private closedOne(): void {
    if (!this.stopped && this.shown === 'closed') void this.closed.renew();
  }

  /** From now on nothing is read: the session ends. */
  stop(): void {
    this.stopped = true;
  }

  /** Shows a list, and reads it again. */
  show(list: List): void {
    this.shown = list;
    if (list === 'closed') void this.closed.restart();
    else if (list !== 'own') this.refresh();
    this.changed();
  }
}
