// The state of the connection, as the SDK tells it.

import { errorText } from '../../ui/format';
import { Observable } from './observable';

export class Connection extends Observable {
  /** `open`, `connecting`, `waiting`, or when there is no way back without a new page `closed` or `fatal`. */
  state = 'open';
  /** What failed without an act of the agent, such as a message of an earlier page that was refused; '' if nothing. */
  problem = '';

  /** `opened` is called each time the connection has come back, when the chats are up to date. */
  constructor(opened: () => void) {
    super();
    ICF.Parley.on('connection', ({ state }) => {
      const before = this.state;
      if (before === 'fatal') return;
      this.become(state);
      if (state === 'open' && before !== 'open') queueMicrotask(opened);
    });
    ICF.Parley.on('fatal', () => this.become('fatal'));
    ICF.Parley.on('error', ({ message }) => {
      this.problem = errorText(new Error(message));
      this.changed();
    });
  }

  /** The page must be loaded anew to go on. */
  get over(): boolean {
    return this.state === 'closed' || this.state === 'fatal';
  }

  /** What to tell the agent; '' while all is well. */
  get text(): string {
    switch (this.state) {
      case 'open':
        return '';
      case 'closed':
        return 'Your session has ended.';
      case 'fatal':
        return 'The chat has stopped working on this page.';
    }
    return navigator.onLine ? 'Connection lost. Reconnecting…' : 'You are offline. Messages are sent when the connection is back.';
  }

  /** The agent has read the problem. */
  dismissProblem(): void {
    this.problem = '';
    this.changed();
  }

  private become(state: string): void {
    this.state = state;
    this.changed();
  }
}
