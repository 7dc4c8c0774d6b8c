// What calls the visitor back to a chat that they do not look at: a number on the button and in the page's title, and a sound if
// they have switched it on.

import { chime } from '../ui/sound';
import { browserEntry } from '../ui/storage';
import { find, type Root } from './elements';
import { countInTitle } from './page-title';
import type { Texts } from './texts';

const wanted = browserEntry('parley.sound');

/** In milliseconds. Within this time another tab in which the visitor looks at the chat has said so. */
const chimeAfter = 700;

export class Attention {
  private readonly badge: HTMLElement;
  private readonly sound: HTMLElement;
  private sounds = false;

  constructor(
    root: Root,
    private readonly texts: Texts,
    end: AbortSignal,
  ) {
    this.badge = find(root, 'chat-unread');
    this.sound = find(root, 'chat-sound');
    const remembered = () => this.turn(wanted.get() !== '');
    remembered();
    addEventListener('storage', remembered, { signal: end }); // another tab has turned it on or off
    end.addEventListener('abort', () => countInTitle(this, 0));
    this.sound.addEventListener('click', () => {
      this.turn(!this.sounds);
      if (!this.sounds) return wanted.clear();
      wanted.set('yes');
      chime();
    });
  }

  /** Shows the number of unread messages while the visitor does not look at the chat. */
  count(unread: number, looking: boolean): void {
    this.badge.hidden = unread === 0;
    this.badge.textContent = this.texts.say('unread', { n: unread });
    countInTitle(this, looking ? 0 : unread);
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
    await navigator.locks.request('parley.sound', { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      act();
      await new Promise((done) => setTimeout(done, chimeAfter));
    });
  } catch {
    act(); // a page without TLS, or without storage, has no locks
  }
}
