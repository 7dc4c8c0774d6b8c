// What calls the visitor back to a chat that they do not look at: a number on the button and in the page's title, and a sound and
// the system's notifications if they have switched them on.

import { chime } from '../ui/sound';
import { browserEntry } from '../ui/storage';
import { find, type Root } from './elements';
import { type News, Notices } from './notices';
import { countInTitle } from './page-title';
import type { Texts } from './texts';

/** In milliseconds. Within this time another tab in which the visitor looks at the chat has said so. */
const callAfter = 700;

export class Attention {
  private readonly badge: HTMLElement;
  private readonly sound: Switch;
  private readonly notices: Notices;
  private readonly bell: HTMLElement;
  private readonly notify: Switch;

  constructor(
    root: Root,
    private readonly texts: Texts,
    end: AbortSignal,
    open: () => void,
  ) {
    this.badge = find(root, 'chat-unread');
    this.sound = new Switch(find(root, 'chat-sound'), 'parley.sound', end, async () => {
      chime();
      return true;
    });
    this.notices = new Notices(texts, open);
    this.bell = find(root, 'chat-notify');
    this.notify = new Switch(this.bell, 'parley.notify', end, () => this.notices.allowed());
    end.addEventListener('abort', () => countInTitle(this, 0));
  }

  /** The window is opened. Not earlier, since the browser takes milliseconds to find out what the visitor allows. */
  opened(): void {
    this.bell.hidden = !this.notices.possible;
  }

  /** Shows the number of unread messages while the visitor does not look at the chat. */
  count(unread: number, looking: boolean): void {
    this.badge.hidden = unread === 0;
    this.badge.textContent = unread ? this.texts.say('unread', { n: unread }) : '';
    countInTitle(this, looking ? 0 : unread);
  }

  /** Makes a sound and a notification, if they are wanted and the message is still `unread` in a moment. */
  call(unread: () => boolean, news: News): void {
    setTimeout(() => {
      if (!unread()) return;
      if (this.sound.on) void once('parley.sound', chime);
      if (this.notify.on && document.visibilityState === 'hidden') void this.notices.show(news);
    }, callAfter);
  }
}

/** A button that switches something on and off, for all tabs of the site. */
class Switch {
  on = false;

  /** `begin` is run when the visitor switches it on, and says whether it can be. */
  constructor(
    private readonly button: HTMLElement,
    key: string,
    end: AbortSignal,
    begin: () => Promise<boolean>,
  ) {
    const wanted = browserEntry(key);
    const remembered = () => this.turn(wanted.get() !== '');
    remembered();
    addEventListener('storage', remembered, { signal: end }); // another tab has turned it on or off
    button.addEventListener('click', async () => {
      this.turn(!this.on);
      if (!this.on) return wanted.clear();
      wanted.set('yes');
      if (await begin()) return;
      this.turn(false);
      wanted.clear();
    });
  }

  private turn(on: boolean): void {
    this.on = on;
    this.button.setAttribute('aria-checked', String(on));
  }
}

/** Runs `act` unless this or another tab has just done so. */
async function once(name: string, act: () => void): Promise<void> {
  try {
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      act();
      await new Promise((done) => setTimeout(done, callAfter));
    });
  } catch {
    act(); // a page without TLS, or without storage, has no locks
  }
}
