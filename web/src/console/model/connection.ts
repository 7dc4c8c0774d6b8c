// The state of the connection, as the SDK tells it.

import { Observable } from './observable';

export class Connection extends Observable {
  /** `open` while the server is reached. */
  state = 'open';

  /** `opened` is called each time the connection has come back. */
  constructor(opened: () => void) {
    super();
    ICF.Parley.on('connection', ({ state }) => {
      const before = this.state;
      this.state = state;
      this.changed();
      if (state === 'open' && before !== 'open') opened();
    });
  }

  /** What to tell the agent; '' while all is well. */
  get text(): string {
    if (this.state === 'open') return '';
    if (this.state === 'offline' || !navigator.onLine) return 'You are offline. Messages are sent when the connection is back.';
    return 'Connection lost. Reconnecting…';
  }
}
