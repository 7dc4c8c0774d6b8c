// The system's notifications of messages: off until the visitor switches them on, which is when the browser asks them.

import type { Message } from '../../index';
import { isolate } from '../ui/direction';
import type { Texts } from './texts';
import { spoken } from './written';

/** A message of somebody else. */
export interface News {
  id: string;
  name(): string;
  text: string;
  format: Message['format'];
}

/** In characters; systems show fewer. */
const longest = 200;

export class Notices {
  constructor(
    private readonly texts: Texts,
    private readonly open: () => void,
  ) {}

  /** Whether the browser has them, and has not been told to refuse them. */
  get possible(): boolean {
    return isSecureContext && 'Notification' in window && Notification.permission !== 'denied';
  }

  /** Asks the visitor. */
  async allowed(): Promise<boolean> {
    return (await Notification.requestPermission()) === 'granted';
  }

  /** Shows a message; of several tabs' the system keeps one. */
  async show({ id, name, text, format }: News): Promise<void> {
    const { rightToLeft } = this.texts;
    const body = (await spoken(text, format)).slice(0, longest);
    try {
      const notice = new Notification(isolate(name(), rightToLeft), {
        body: isolate(body, rightToLeft),
        tag: id,
        dir: rightToLeft ? 'rtl' : 'ltr',
      });
      notice.onclick = () => {
        window.focus();
        this.open();
        notice.close();
      };
    } catch {
      // Chromium on phones leaves them to service workers; or the visitor has refused them since.
    }
  }
}
