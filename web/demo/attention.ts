// What calls the visitor back to a chat that they do not look at: a number on the button and in the page's title, and a sound if
// they have switched it on.

import { chime } from '../src/ui/sound';
import { browserEntry } from '../src/ui/storage';
import { find, on } from './elements';

const wanted = browserEntry('demo.sound');

/** In milliseconds. Within this time another tab in which the visitor looks at the chat has said so. */
const chimeAfter = 700;

export class Attention {
  private readonly badge = find('chat-unread');
  private readonly sound = find('chat-sound');
  private sounds = false;
  private title = document.title;
  private shown = document.title;

  constructor() {
    const remembered = () => this.turn(wanted.get() !== '');
    remembered();
    addEventListener('storage', remembered); // another tab has turned it on or off
    on('chat-sound', () => {
      this.turn(!this.sounds);
      if (!this.sounds) return wanted.clear();
      wanted.set('yes');
      chime();
    });
  }

  /** Shows the number of unread messages while the visitor does not look at the chat. */
  count(unread: number, looking: boolean): void {
    this.badge.hidden = unread === 0;
    this.badge.textContent = `${unread} new`;
    if (document.title !== this.shown) this.title = document.title; // the page has another one now
    this.shown = unread > 0 && !looking ? `(${unread}) ${this.title}` : this.title;
    if (document.title !== this.shown) document.title = this.shown;
  }

  /** Makes a sound, if it is wanted and the message is still `unread` in a moment. */
  call(unread: () => boolean): void {
    setTimeout(() => {
      if (this.sounds && unread()) void once(chime);
    }, chimeAfter);
  }

  private turn(sounds: boolean): void {
    this.sounds = sounds;
    this.sound.setAttribute('aria-checked', String(sounds));
  }
}

/** Runs `act` unless this or another tab has just done so. */
async function once(act: () => void): Promise<void> {
  try {
    await navigator.locks.request('demo.sound', { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      act();
      await new Promise((done) => setTimeout(done, chimeAfter));
    });
  } catch {
    act(); // a page without TLS, or without storage, has no locks
  }
}
