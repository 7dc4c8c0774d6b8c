// Calls the agent: notifications of the browser while the page is out of sight, and a sound if wanted.

import { nameOf } from '../../ui/format';
import { visitorOf } from './listed-chats';
import { Observable } from './observable';
import { wantsNotifications, wantsSound } from './preferences';
import { chime } from './sound';
import type { Workspace } from './workspace';

export class Alerts extends Observable {
  sound = wantsSound.get() === 'yes';
  /** Notifications are wanted, and the browser allows them. */
  notify = this.possible && Notification.permission === 'granted' && wantsNotifications.get() === 'yes';
  /** Why they cannot be had, in words. */
  problem = '';
  private told = new Set<string>();
  private readonly shown = new Set<Notification>();

  constructor(private readonly workspace: Workspace) {
    super();
    this.told = new Set(this.news().keys());
    for (const model of [workspace, workspace.invitations, workspace.lists.waiting]) model.watch(() => this.look());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') for (const one of this.shown) one.close();
    });
  }

  /** Whether this browser has notifications for this page. */
  get possible(): boolean {
    return 'Notification' in window && isSecureContext;
  }

  /** Turns notifications on or off; to be called by a click, since the browser may ask. */
  async toggleNotify(): Promise<void> {
    this.problem = '';
    if (this.notify) {
      this.notify = false;
      wantsNotifications.clear();
    } else if ((await Notification.requestPermission()) === 'granted') {
      this.notify = true;
      wantsNotifications.set('yes');
    } else {
      this.problem = 'Your browser does not allow notifications of this page. Its settings for the site decide.';
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

  /** All that the agent might be told of: by a key that is its own, the chat and the words. */
  private news(): Map<string, { chatId: string; title: string; text: string }> {
    const news = new Map<string, { chatId: string; title: string; text: string }>();
    const { invitations, conversations, lists, duty } = this.workspace;
    for (const { chatId, visitor } of invitations.list) {
      news.set(`invitation ${chatId}`, { chatId, title: nameOf(visitor) || 'A visitor', text: 'asks for an agent' });
    }
    for (const one of conversations) {
      const line = one.unread > 0 ? one.lastLine : undefined;
      if (line && !line.own) news.set(`message ${line.id}`, { chatId: one.id, title: one.visitorName, text: line.text });
    }
    for (const chat of duty.available ? lists.waiting.list : []) {
      news.set(`waiting ${chat.id}`, { chatId: chat.id, title: visitorOf(chat), text: 'waits for an agent' });
    }
    return news;
  }

  private look(): void {
    const news = this.news();
    const fresh = [...news].filter(([key]) => !this.told.has(key));
    this.told = new Set(news.keys());
    if (fresh.length === 0) return;
    if (this.sound) chime();
    if (!this.notify || document.visibilityState === 'visible') return;
    for (const [, { chatId, title, text }] of fresh) this.tell(chatId, title, text);
  }

  private tell(chatId: string, title: string, text: string): void {
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
