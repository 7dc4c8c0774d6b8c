// Typing, both ways: what to tell the others while the agent writes, and who of them is writing.

import { Observable } from './observable';

const repeatMs = 4_000;
const pauseMs = 3_000;
const forgetMs = 15_000;

type Activity = 'writing' | 'stop-writing' | 'not-writing';

/** Tells that the agent writes: at the first key, again every 4 s while it goes on, and when it pauses for 3 s or the text is gone. */
export class TypingNotifier {
  private last: Activity = 'not-writing';
  private toldAt = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (type: Activity) => void) {}

  /** To be called with the text after each change of it. */
  wrote(text: string): void {
    clearTimeout(this.pause);
    if (text === '') return this.say('not-writing');
    this.say('writing');
    this.pause = setTimeout(() => this.say('stop-writing'), pauseMs);
  }

  private say(type: Activity): void {
    const now = performance.now();
    if (type === this.last && (type !== 'writing' || now - this.toldAt < repeatMs)) return;
    this.last = type;
    this.toldAt = now;
    this.tell(type);
  }
}

/**
 * Who is writing now. Agents say so again while it goes on, and are forgotten after 15 s without a word. Of others the page
 * may say it but once (`monitorUserActivity` does): it holds until they stop, send, leave, or lose the connection.
 */
export class TypingUsers extends Observable {
  private readonly timers = new Map<string, ReturnType<typeof setTimeout> | undefined>();

  get ids(): string[] {
    return [...this.timers.keys()];
  }

  update(userId: string, type: string, once = false): void {
    const before = this.timers.has(userId);
    clearTimeout(this.timers.get(userId));
    this.timers.delete(userId);
    if (type === 'writing') this.timers.set(userId, once ? undefined : setTimeout(() => this.update(userId, 'not-writing'), forgetMs));
    if (before !== this.timers.has(userId)) this.changed();
  }

  clear(): void {
    for (const userId of this.ids) this.update(userId, 'not-writing');
  }
}
