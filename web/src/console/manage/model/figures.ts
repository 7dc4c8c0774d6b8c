// What goes on now: who waits, for how long, how many chats there are, and who is there to answer. It is read again every few seconds.

import { ask } from '../../../ui/api';
import type { Saying } from '../../../ui/element';
import { Observable } from '../../model/observable';
import { errorSaying } from '../../texts';
import type { Member } from './team';

/** What the server says of a room. Times in seconds. */
export interface RoomFigures {
  waiting: number;
  longestWait: number;
  /** That a new chat can expect. */
  waitingTime: number;
  /** On duty. */
  agents: number;
  /** Of these, those who can take one more chat. */
  available: number;
}

/** What was answered since midnight in the time zone of the app's opening hours. Times in seconds. */
export interface Today {
  timeZone: string;
  answered: number;
  /** Within which half of them were answered, and nine of ten. */
  median: number;
  ninety: number;
  /** There are no more, which the server has not counted yet. */
  complete: boolean;
}

const everyMs = 5_000;

export class Figures extends Observable {
  rooms: readonly [string, RoomFigures][] = [];
  agents: readonly Member[] = [];
  today: Today = { timeZone: 'UTC', answered: 0, median: 0, ninety: 0, complete: true };
  waiting = 0;
  active = 0;
  loading = true;
  problem: Saying = '';
  private clock: ReturnType<typeof setInterval> | undefined;
  private reading = false;

  /** Reads them from now on, until `stop`, while the page is seen. */
  start(): void {
    this.clock = setInterval(() => document.visibilityState === 'visible' && void this.read(), everyMs);
    void this.read();
  }

  stop(): void {
    clearInterval(this.clock);
  }

  /** Seconds that the chat has waited which has waited longest in a queue; 0 if none does. */
  get longestWait(): number {
    return Math.max(0, ...this.rooms.map(([, { longestWait }]) => longestWait));
  }

  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      const [{ rooms }, { agents }, waiting, active, today] = await Promise.all([
        ask<{ rooms: Record<string, RoomFigures> }>('/queues/status'),
        ask<{ agents: Member[] }>('/agents'),
        countOf('waiting'),
        countOf('active'),
        ask<Today>('/queues/today'),
      ]);
      Object.assign(this, { rooms: Object.entries(rooms), agents, waiting, active, today, problem: '' });
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.reading = this.loading = false;
    this.changed();
  }
}

/** How many chats are in a state, of which one is read. */
async function countOf(status: 'waiting' | 'active'): Promise<number> {
  return (await ask<{ total: number }>('/chats', { status, limit: 1 })).total;
}
