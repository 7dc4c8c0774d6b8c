// Alerts the agent: with notifications while the page is hidden, and with a sound if they want one.

import { nameOf } from '../../ui/format';
import { chime } from '../../ui/sound';
import { say, type TextKey } from '../texts';
import { visitorOf } from './listed-chats';
import { Observable } from './observable';
import { wantsNotifications, wantsSound } from './preferences';

import type { Workspace } from './workspace';

export class Alerts extends Observable {
  sound = wantsSound.get() === 'yes';
  /** Notifications are wanted, and the browser allows them. */
  notify = this.possible && Notification.permission === 'granted' && wantsNotifications.get() === 'yes';
  /** Why notifications could not be turned on. */
  problem: TextKey | '' = '';
  private alerted = new Set<string>();
  private readonly shown = new Set<Notification>();

  constructor(private readonly workspace: Workspace) {
    super();
    this.alerted = new Set(this.news().keys());
    for (const model of [workspace, workspace.invitations, workspace.lists.waiting]) model.watch(() => this.look());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') for (const one of this.shown) one.close();
    });
  }

  /** Whether this browser has notifications for this page. */
  get possible(): boolean {
    return 'Notification' in window && isSecureContext;
  }

  /** Turns notifications on or off. Must be called from a click, because the browser may ask for permission. */
  async toggleNotify(): Promise<void> {
    this.problem = '';
    if (this.notify) {
      this.notify = false;
      wantsNotifications.clear();
    } else if ((await Notification.requestPermission()) === 'granted') {
      this.notify = true;
      wantsNotifications.set('yes');
    } else {
      this.problem = 'notify.denied';
    }
    this.changed();
  }

  toggleSound(): void {
    this.sound = !this.sound;
    if (this.sound) {
      wantsSound.set('yes');
      chime();
    } else wantsSound.clear();
    this.changed();
  }

  /** Everything that calls for an alert now, by a key that names it. */
  private news(): Map<string, { chatId: string; title: string; text: string }> {
    const news = new Map<string, { chatId: string; title: string; text: string }>();
    const { invitations, conversations, lists, duty } = this.workspace;
    for (const { chatId, visitor } of invitations.list) {
      news.set(`invitation ${chatId}`, { chatId, title: nameOf(visitor) || say('visitor.a'), text: say('notify.invitation') });
    }
    for (const one of conversations) {
      const line = one.unread > 0 ? one.lastLine : undefined;
      if (line && !line.own)
        news.set(`message ${line.id}`, {
          chatId: one.id,
          title: one.visitorName,
          text: line.redacted ? say('message.removed') : line.plain,
        });
    }
    for (const chat of duty.available ? lists.waiting.list : []) {
      news.set(`waiting ${chat.id}`, { chatId: chat.id, title: visitorOf(chat), text: say('notify.waiting') });
    }
    return news;
  }

  private look(): void {
    const news = this.news();
    const fresh = [...news].filter(([key]) => !this.alerted.has(key));
    this.alerted = new Set(news.keys());
    if (fresh.length === 0) return;
    if (this.sound) chime();
    if (!this.notify || document.visibilityState === 'visible') return;
    for (const [, { chatId, title, text }] of fresh) this.notifyOf(chatId, title, text);
  }

  private notifyOf(chatId: string, title: string, text: string): void {
    const one = new Notification(title, { body: text.slice(0, 200), tag: `parley-${chatId}` });
    this.shown.add(one);
    one.onclose = () => this.shown.delete(one);
    one.onclick = () => {
      window.focus();
      const conversation = this.workspace.find(chatId);
      if (conversation) this.workspace.open(conversation);
      one.close();
    };
  }
}
