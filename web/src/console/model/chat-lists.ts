// The lists beside the agent's own chats: who waits, what is under way (for a supervisor), what is over.

import { ClosedList, LiveList } from './listed-chats';
import { Observable } from './observable';

export type List = 'own' | 'waiting' | 'active' | 'closed';

/** Nothing tells of a chat that others have begun or ended, so that list is read again after this time. */
const everyMs = 10_000;

export class ChatLists extends Observable {
  readonly waiting = new LiveList('waiting');
  readonly active = new LiveList('active');
  readonly closed = new ClosedList();
  /** The list that is shown. */
  shown: List = 'own';

  /** `all`: the agent sees the chats of others too. */
  constructor(readonly all: boolean) {
    super();
    for (const list of [this.waiting, this.active, this.closed]) list.watch(() => this.changed());
    ICF.Events.subscribe('queues:changed', () => this.refresh());
    setInterval(() => {
      if (document.visibilityState === 'visible' && this.shown === 'active') void this.active.refresh();
    }, everyMs);
    this.refresh();
  }

  /** Reads the live lists anew. */
  refresh(): void {
    void this.waiting.refresh();
    if (this.all) void this.active.refresh();
  }

  /** Turns to a list. */
  show(list: List): void {
    this.shown = list;
    if (list === 'closed') void this.closed.restart();
    else if (list !== 'own') this.refresh();
    this.changed();
  }
}
