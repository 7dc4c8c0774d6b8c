// The state of the connection, as the SDK reports it.

import type { Saying } from '../../ui/element';
import { errorSaying, type TextKey } from '../texts';
import { Observable } from './observable';

const problemsShown = 3;

export class Connection extends Observable {
  /** `open`, `connecting` or `waiting`; `closed` or `fatal` when only a reload helps. */
  state = 'open';
  /** The last things that failed in the background, such as a message of an earlier page that was refused. */
  problems: readonly Saying[] = [];

  /** `opened` is called each time the connection is back and the chats are up to date. */
  constructor(opened: () => void) {
    super();
    ICF.Parley.on('connection', ({ state }) => {
      const before = this.state;
      if (before === 'fatal') return;
      this.become(state);
      if (state === 'open' && before !== 'open') queueMicrotask(opened);
    });
    ICF.Parley.on('fatal', () => this.become('fatal'));
    ICF.Parley.on('error', ({ message }) => this.report(errorSaying(new Error(message))));
  }

  /** Only a reload helps. */
  get over(): boolean {
    return this.state === 'closed' || this.state === 'fatal';
  }

  /** What to show the agent; '' while all is well. */
  get text(): TextKey | '' {
    switch (this.state) {
      case 'open':
        return '';
      case 'closed':
        return 'connection.closed';
      case 'fatal':
        return 'connection.fatal';
    }
    return navigator.onLine ? 'connection.lost' : 'connection.offline';
  }

  /** Shows what failed, in words. */
  report(problem: Saying): void {
    this.dismiss(problem);
    this.problems = [...this.problems, problem].slice(-problemsShown);
    this.changed();
  }

  /** Removes a problem. */
  dismiss(problem: Saying): void {
    this.problems = this.problems.filter((one) => one !== problem);
    this.changed();
  }

  private become(state: string): void {
    this.state = state;
    this.changed();
  }
}
