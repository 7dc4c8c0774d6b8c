// The ended chats of a known user: a list of them, and each to read again. Who may read what is the server's to say.

import type { Chat, Message } from '../../index';
import { ask } from '../ui/api';
import { element } from '../ui/element';
import { find, type Root } from './elements';
import { MessageList } from './message-list';
import { agentName, me, senderOf } from './people';
import type { EarlierChats } from './source';
import type { Texts } from './texts';

interface Past extends Pick<Chat, 'id' | 'users' | 'formerUsers' | 'closed'> {
  /** In unix seconds. */
  created: number;
}

/** Day and clock of a time in seconds. */
const begun = (time: number, locale: string | undefined) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' }).format(time * 1000);

/** How many pages of the list are read. A page has 100 chats. */
const mostPages = 10;

export class Earlier implements EarlierChats {
  private readonly place: HTMLElement;
  /** The newest first. */
  private chats: Past[] = [];
  private reading = false;

  constructor(
    root: Root,
    private readonly texts: Texts,
  ) {
    this.place = find(root, 'chat-past');
  }

  async find(): Promise<boolean> {
    const chats: Past[] = [];
    let after: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const answer = await ask<{ chats: Past[]; next?: string }>(`/users/${me()}/chats`, { limit: 100, ...(after && { after }) });
      chats.push(...answer.chats);
      after = answer.next;
      if (!after) break;
    }
    this.chats = chats.filter(({ closed }) => closed).reverse();
    return this.chats.length > 0;
  }

  list(): void {
    this.reading = false;
    this.place.className = 'past';
    this.place.replaceChildren(...this.chats.map((chat) => this.item(chat)));
    this.place.scrollTop = 0;
  }

  back(): boolean {
    const { reading } = this;
    if (reading) this.list();
    return reading;
  }

  private item(chat: Past): HTMLElement {
    const agents = chat.users.filter(({ id }) => id !== me());
    const names = () => this.texts.list(agents.map((agent) => agentName(agent, this.texts)));
    const button = element(
      'button',
      { class: 'button', type: 'button', 'data-testid': 'chat-past-item' },
      element('span', {}, () => begun(chat.created, this.texts.locale)),
      ...(agents.length > 0 ? [element('bdi', {}, names)] : []),
    );
    button.addEventListener('click', () => void this.read(chat));
    return button;
  }

  private async read(chat: Past): Promise<void> {
    const lines = element('div', { class: 'lines' });
    this.reading = true;
    this.place.className = 'log ended';
    this.place.replaceChildren(lines);
    this.place.focus();
    try {
      const { messages } = await ask<{ messages: Message[] }>(`/chats/${chat.id}/messages`);
      const list = new MessageList(lines, this.texts, () => {});
      for (const message of messages) list.message(message, senderOf(chat as Chat, message.sender, this.texts));
    } catch (error) {
      lines.append(element('p', { class: 'notice', role: 'alert' }, this.texts.error(error)));
    }
  }
}
