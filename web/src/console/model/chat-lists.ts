// The lists beside the agent's own chats: waiting, active (for a supervisor) and closed chats.

import { ClosedList, LiveList } from './listed-chats';
import { Observable } from './observable';

export type List = 'own' | 'waiting' | 'active' | 'closed';

/** The server does not report chats that others begin or end, so the list of active chats is read again this often. */
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
    setInterval(() => {
      if (document.visibilityState === 'visible' && this.shown === 'active') this.refresh();
    }, everyMs);
    this.refresh();
  }

  /** Reads the waiting and active chats again. */
  refresh(): void {
    if (this.stopped) return;
    void this.waiting.refresh();
    if (this.all) void this.active.refresh();
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
