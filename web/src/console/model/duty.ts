// Whether the agent is available for new chats. The server knows it only while the connection lasts, so the page declares it again on
// each new connection.

import type { Saying } from '../../ui/element';
import { errorSaying, type TextKey } from '../texts';
import { Observable } from './observable';
import { tabDuty } from './preferences';

export class Duty extends Observable {
  /** What the agent wants. */
  available = tabDuty.get() === 'yes';
  /** The server has not confirmed it yet. */
  busy = false;
  /** Why the server did not accept it, in words. */
  problem: Saying = '';
  private asked = 0;

  /** Makes the agent available or unavailable. */
  async set(available: boolean): Promise<void> {
    const before = this.available;
    this.want(available);
    if (!(await this.declare())) this.want(before);
    this.changed();
  }

  /** What to show: the new state only once the server has confirmed it. */
  get text(): TextKey {
    if (this.busy) return this.available ? 'duty.on' : 'duty.off';
    return this.available ? 'available' : 'unavailable';
  }

  /** Declares it again, on a new connection or after a reload. */
  async declareAgain(): Promise<void> {
    if (this.available) await this.declare();
  }

  private want(available: boolean): void {
    this.available = available;
    if (available) tabDuty.set('yes');
    else tabDuty.clear();
  }

  /** Gives false if the server refused the newest declaration; an older one no longer matters. */
  private async declare(): Promise<boolean> {
    const asked = ++this.asked;
    this.busy = true;
    this.problem = '';
    this.changed();
    try {
      await ICF.Events.send('agents:available', { available: this.available });
    } catch (error) {
      if (asked === this.asked) this.problem = errorSaying(error);
    }
    if (asked !== this.asked) return true;
    this.busy = false;
    this.changed();
    return this.problem === '';
  }
}
