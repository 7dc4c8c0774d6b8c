// How a page uses ICF for support chats: start, restore, end. What happens during a chat is in conversation.ts, what
// follows in after-chat.ts. Nothing here touches the page; that is behind view.ts.

import { AfterChat } from './after-chat';
import { Conversation } from './conversation';
import type { Acts, Rules, View } from './view';

export interface SupportOptions {
  appId: string;
  room: string;
  lang: string;
  /** Id of the survey after a chat. Defaults to none. */
  surveyId?: string;
  /** What the assistant says first. The agents see it in the chat's history. */
  greeting?: string[];
}

/** What holds while the server's rules are not known: it refuses what breaks them. */
const unknown: Rules = { media: { active: false, maxBytes: 0, types: [] }, longest: Number.POSITIVE_INFINITY };

export class SupportChat implements Acts {
  private conversation: Conversation | undefined;
  private after: AfterChat | undefined;

  constructor(
    private readonly options: SupportOptions,
    private readonly view: View,
  ) {}

  /** Fetches the core ahead of a likely chat. */
  warmUp(): void {
    void ICF.Parley.preload();
  }

  /** Goes on with the open chat of an earlier page. Gives whether there is one. */
  async restore(): Promise<boolean> {
    if (!/(?:^|;\s*)i\.cc=/.test(document.cookie)) return false;
    await ICF.init({ appId: this.options.appId });
    return this.resume();
  }

  /** Opens a chat and looks for an agent. */
  async start(name: string): Promise<void> {
    const { appId, room, lang, greeting = [] } = this.options;
    this.view.state('Connecting…');
    await this.after?.leave();
    if (!ICF.isInit) await ICF.init({ appId });
    if (await this.resume()) return;
    const [available, rules] = await Promise.all([ICF.Api.request('/agents/available', 'GET', { roomIds: room }), serverRules()]);
    const { data } = await ICF.Api.request('/users', 'POST', { name: name || 'Visitor' });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    const history = greeting.map((message) => ({ sender: 'assistant', message }));
    const chat = await ICF.Chat.init({ room, lang, source: '3', history });
    const conversation = this.follow(new Conversation(chat, this.view, (text) => this.ended(text)), rules);
    const anybody = available.data.agents?.[room] > 0;
    this.view.notice(anybody ? 'We are looking for an agent for you.' : 'Our agents are away at the moment. We will try to reach one.');
    void conversation.search();
  }

  async send(text: string): Promise<void> {
    await this.conversation?.send(text);
  }

  async sendFile(file: File): Promise<void> {
    await this.conversation?.sendFile(file);
  }

  /** The visitor has seen a message of somebody else. */
  seen(messageId: string): void {
    this.conversation?.seen(messageId);
  }

  /** Looks for an agent once more. */
  async search(): Promise<void> {
    await this.conversation?.search();
  }

  async close(): Promise<void> {
    await this.conversation?.chat.close();
    this.ended('You ended the chat.');
  }

  async save(): Promise<void> {
    await this.after?.save();
  }

  /** Goes on with the open chat of a restored session. A session without one is ended. */
  private async resume(): Promise<boolean> {
    const [chat] = Object.values(ICF.Lobby.getUserChats());
    if (!chat) {
      if (ICF.Lobby.logged) await ICF.Lobby.close();
      return false;
    }
    const rules = await serverRules();
    await this.follow(new Conversation(chat, this.view, (text) => this.ended(text)), rules).goOn();
    return true;
  }

  private follow(conversation: Conversation, rules: Rules): Conversation {
    this.conversation = conversation;
    conversation.showPast();
    this.view.opened(conversation.chat, rules);
    return conversation;
  }

  private ended(text: string): void {
    const conversation = this.conversation;
    if (!conversation) return;
    this.conversation = undefined;
    conversation.leave();
    this.view.ended(text);
    this.after = new AfterChat(conversation.chat.id, this.options.surveyId, this.view);
  }
}

/** What the server accepts. If that cannot be fetched, no files: the chat works all the same. */
async function serverRules(): Promise<Rules> {
  try {
    const { media, limits } = (await ICF.Api.request('/settings')).data.settings;
    return { media, longest: limits.message };
  } catch {
    return unknown;
  }
}
