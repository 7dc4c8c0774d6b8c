// Tells the others in the chat that the visitor is writing.

import type { ActivityType } from '../index';

const repeatMs = 4_000;
const pauseMs = 3_000;

export class Keyboard {
  #last: ActivityType = 'not-writing';
  #toldAt = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (type: ActivityType) => void) {}

  /** To be called with the text after each change: tells at the first key, every 4 s while it goes on, and when it rests or is gone. */
  typed(text: string): void {
    clearTimeout(this.#pause);
    if (text === '') return this.#say('not-writing');
    this.#say('writing');
    this.#pause = setTimeout(() => this.#say('stop-writing'), pauseMs);
  }

  #say(type: ActivityType): void {
    const now = performance.now();
    if (type === this.#last && (type !== 'writing' || now - this.#toldAt < repeatMs)) return;
    this.#last = type;
    this.#toldAt = now;
    this.tell(type);
  }
}
