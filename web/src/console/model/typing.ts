// Typing in both directions: what the others learn while the agent types, and which of them type now.

import { Observable } from './observable';

const repeatMs = 4_000;
const pauseMs = 3_000;
const forgetMs = 15_000;

type Activity = 'writing' | 'stop-writing' | 'not-writing';

/**
 * Reports that the agent types: at the first key, every 4 s while they go on, after a pause of 3 s, and when the input is
 * empty again.
 */
export class TypingNotifier {
  private last: Activity = 'not-writing';
  private toldAt = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly report: (type: Activity) => void) {}

  /** Takes the text after each change. */
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
    this.report(type);
  }
}

/**
 * Who types now. Agents repeat it while they type, and count as stopped after 15 s of silence. A visitor's page reports it
 * once (`monitorUserActivity` does), so it holds until they stop, send, leave, or lose the connection: `once`.
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
