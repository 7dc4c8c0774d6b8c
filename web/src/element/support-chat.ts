// A visitor's chat with the support: start, restore, end. What happens during a chat is in conversation.ts, what follows in
// after-chat.ts. Nothing here touches the page; that is behind view.ts.

import type { Chat } from '../../index';
import { useServer } from '../ui/api';
import { icf } from '../ui/icf';
import { AfterChat } from './after-chat';
import { Conversation } from './conversation';
import type { Visitor } from './fields';
import { loaded } from './source';
import type { Texts } from './texts';
import type { Acts, Rules, Say, View } from './view';

/** What the element's attributes say. */
export interface SupportOptions {
  appId: string;
  /** The server, as `ICF.init` takes it; undefined for the script's own. */
  server: string | undefined;
  /** Address of the server's API. */
  api: string;
  room: string;
  lang: string;
  /** Id of the survey after a chat, '' for none. */
  surveyId: string;
  /** Says when it opens next; undefined while it is open. */
  closed(): Say | undefined;
  /** Loads what `closed` needs. */
  learnHours(): void;
  /** What the assistant says first. The agents see it in the chat's history. */
  greeting: string[];
}

/** What holds while the server's rules are not known: it refuses what breaks them. */
const unknown: Rules = { media: { active: false, maxBytes: 0, types: [] }, longest: Number.POSITIVE_INFINITY };

/** Those of the page: a visitor has one open chat, which all elements show. */
const all = new Set<SupportChat>();

export class SupportChat implements Acts {
  private conversation: Conversation | undefined;
  private after: AfterChat | undefined;

  constructor(
    private readonly options: () => SupportOptions,
    private readonly view: View,
    private readonly texts: Texts,
  ) {
    all.add(this);
  }

  get chat(): Chat | undefined {
    return this.conversation?.chat;
  }

  /** Fetches the core ahead of a likely chat. */
  async warmUp(): Promise<void> {
    const { server } = this.options();
    await this.load();
    await icf.Parley.preload(server ? { server } : undefined);
  }

  /** Goes on with the open chat of an earlier page, or of another element. Gives whether there was one: it may have ended since. */
  async restore(): Promise<boolean> {
    await this.begin();
    return this.resume();
  }

  /** Opens a chat and looks for an agent. */
  async start({ message, ...visitor }: Visitor): Promise<void> {
    const { room, lang, greeting, closed } = this.options();
    this.view.state(() => this.texts.say('connecting'));
    for (const one of all) await one.after?.leave();
    await this.begin();
    if (await this.resume()) return this.sendFirst(message);
    const [available, rules] = await Promise.all([icf.Api.request('/agents/available', 'GET', { roomIds: room }), serverRules()]);
    if (icf.Lobby.logged) await tell(visitor);
    else {
      const { data } = await icf.Api.request('/users', 'POST', { ...visitor, name: visitor.name || this.texts.say('visitor') });
      await icf.Lobby.init({ id: data.user.id, token: data.session.token });
    }
    const history = greeting.map((line) => ({ sender: 'assistant', message: line }));
    const chat = await icf.Chat.init({ room, lang, source: '3', history });
    const conversation = this.follow(chat);
    this.view.opened(chat, rules);
    const anybody = available.data.agents?.[room] > 0;
    if (anybody || !closed()) this.view.notice(() => this.texts.say(anybody ? 'looking' : 'away'));
    void this.sendFirst(message);
    void conversation.search();
    for (const one of all) if (one !== this) void one.join();
  }

  private async sendFirst(message: string | undefined): Promise<void> {
    if (message) await this.send(message);
  }

  async send(text: string): Promise<void> {
    await this.conversation?.send(text);
  }

  async sendFile(file: File): Promise<void> {
    await this.conversation?.sendFile(file);
    for (const one of all) one.conversation?.showNew();
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
    for (const one of all) one.ended(() => one.texts.say('ended.own'));
  }

  async save(): Promise<void> {
    await this.after?.save();
  }

  /** The element is gone for good. The chat goes on. */
  leave(): void {
    all.delete(this);
    this.conversation?.leave();
    this.conversation = undefined;
  }

  private async load(): Promise<void> {
    const { appId, api } = this.options();
    this.options().learnHours();
    await loaded();
    useServer(appId, api);
    this.view.ready();
  }

  /** Begins the page's session, unless the page or another element has. */
  private async begin(): Promise<void> {
    await this.load();
    const { appId, server } = this.options();
    if (!icf.isInit) await icf.init(server ? { appId, server } : { appId });
  }

  /** Goes on with the open chat of the session. Gives whether there was one. */
  private async resume(): Promise<boolean> {
    const [chat] = Object.values(icf.Lobby.getUserChats());
    if (!chat || this.conversation) return Boolean(this.conversation);
    const conversation = this.follow(chat);
    const rules = await serverRules();
    if (this.chat !== chat) return true;
    this.view.opened(chat, rules);
    await conversation.goOn();
    return true;
  }

  /** Another element has begun a chat. */
  private async join(): Promise<void> {
    try {
      if ((await this.restore()) && this.conversation) this.view.joined();
    } catch (error) {
      console.warn(error);
    }
  }

  /** Listens from now on: there is no second event of what happens until the rules are there, such as the chat's end. */
  private follow(chat: Chat): Conversation {
    const conversation = new Conversation(
      chat,
      this.view,
      this.texts,
      (text) => this.ended(text),
      () => this.options().closed(),
    );
    this.conversation = conversation;
    conversation.showPast();
    return conversation;
  }

  private ended(text: Say): void {
    const conversation = this.conversation;
    if (!conversation) return;
    this.conversation = undefined;
    conversation.leave();
    this.view.ended(text);
    this.after = new AfterChat(conversation.chat.id, this.options().surveyId, this.view, conversation.ticket);
  }
}

/** Adds the answers to what is known of a user who is there already, but for their name and contact. */
async function tell({ extraInfo, contact }: Visitor): Promise<void> {
  if (!extraInfo && !contact) return;
  const { id, extraInfo: before } = icf.Connection.me()!;
  await icf.Api.request(`/users/${id}`, 'PUT', { extraInfo: { ...before, ...extraInfo, ...(contact && { contact }) } });
}

/** What the server accepts. If that cannot be fetched, no files: the chat works all the same. */
async function serverRules(): Promise<Rules> {
  try {
    const { media, limits } = (await icf.Api.request('/settings')).data.settings;
    return { media, longest: limits.message };
  } catch {
    return unknown;
  }
}
