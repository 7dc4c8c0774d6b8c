// The agent's workspace: the open chats, which of them are on the screen, the lists, availability and connection.

import type { Chat, User } from '../../../index';
import { ArchivedChat } from './archived-chat';
import { goneText, keepAttended } from './attended';
import { ChatLists } from './chat-lists';
import { Connection } from './connection';
import { Conversation } from './conversation';
import { Drafts } from './drafts';
import { Duty } from './duty';
import { Invitations } from './invitations';
import type { ListedChat } from './listed-chats';
import { Observable } from './observable';
import { type Leaving, logOut } from './session';
import { Settings } from './settings';

export class Workspace extends Observable {
  readonly me = ICF.Connection.me()!;
  readonly duty = new Duty();
  readonly settings = new Settings();
  readonly lists = new ChatLists(this.me.role === 'supervisor');
  readonly invitations = new Invitations((chatId) => this.enter(chatId));
  readonly connection = new Connection(() => this.reconnected());
  private readonly drafts = new Drafts(this.me.id);
  conversations: readonly Conversation[] = [];
  /** The chat that the agent opened last; undefined if none is open (on a phone the list is shown). */
  focused: Conversation | undefined;
  /** A closed chat, shown in place of the open ones. */
  archived: ArchivedChat | undefined;
  /** The supervisor's pages are shown in place of the chats. */
  managing = false;
  /** How many chats fit side by side. */
  columns = 1;
  private recent: readonly Conversation[] = [];

  constructor() {
    super();
    for (const chat of Object.values(ICF.Lobby.getUserChats())) this.add(new Conversation(chat, this.me.id, this.drafts));
    const gone = goneText(this.conversations);
    if (gone) this.connection.report(gone);
    keepAttended(this.attended);
    this.watch(() => keepAttended(this.attended));
    this.drafts.keep(this.conversations.filter((one) => !one.ended).map((one) => one.id));
    // A chat emits no event when its own user joins or leaves. What this window does itself is not among these.
    ICF.Events.subscribe('chats:join', ({ chatId, user }: { chatId: string; user: User }) => {
      if (user.id !== this.me.id) return;
      this.invitations.accepted(chatId);
      void this.appear(chatId);
    });
    ICF.Events.subscribe('chats:intervene', ({ chatId, interventor }: { chatId: string; interventor: User }) => {
      if (interventor.id === this.me.id) void this.appear(chatId);
    });
    ICF.Events.subscribe('chats:transfer', ({ chatId, room }: { chatId: string; room?: string }) => {
      if (room) this.find(chatId)?.goesTo(room);
    });
    ICF.Events.subscribe('chats:leave', ({ chatId, userId, reason }: { chatId: string; userId: string; reason?: string }) => {
      const conversation = userId === this.me.id ? this.find(chatId) : undefined;
      if (conversation && !conversation.left(reason)) this.dismiss(conversation);
    });
    // The chat's event has the three documented types only, and not `leave`.
    ICF.Events.subscribe('users:activity', ({ chatId, userId, type }: { chatId: string; userId: string; type: string }) => {
      if (type === 'leave') this.find(chatId)?.loses(userId);
    });
    ICF.Events.subscribe('invitations:end', ({ chatId, reason }: { chatId: string; reason?: string }) =>
      this.find(chatId)?.transferEnded(reason),
    );
    ICF.Events.subscribe('chats:expiryAlert', ({ chatId, timeLeft }: { chatId: string; timeLeft: number }) =>
      this.find(chatId)?.expires(timeLeft),
    );
    ICF.Events.subscribe('chats:notes', ({ chatId }: { chatId: string }) => {
      for (const one of [this.find(chatId), this.archived]) if (one?.id === chatId) void one.notes.refresh();
    });
    ICF.Parley.on('gap', ({ chatId }) => this.find(chatId)?.refresh());
    document.addEventListener('visibilitychange', () => this.shownChanged());
    void this.duty.declareAgain();
    void this.settings.load();
  }

  /** Whether the agent may watch, take over and close the chats of others. */
  get supervisor(): boolean {
    return this.lists.all;
  }

  /** The chats on the screen: those opened last, in the order of the list. */
  get shown(): readonly Conversation[] {
    if (this.archived || this.managing) return [];
    const recent = this.recent.slice(0, this.columns);
    if (this.columns === 1) return this.focused ? [this.focused] : [];
    return this.conversations.filter((one) => recent.includes(one));
  }

  /** The chats that end for others too, or go to them, when the agent logs out. */
  get attended(): readonly Conversation[] {
    return this.conversations.filter((one) => !one.ended && !one.watching);
  }

  get unread(): number {
    return this.conversations.reduce((sum, one) => sum + one.unread, 0);
  }

  find(chatId: string): Conversation | undefined {
    return this.conversations.find((one) => one.id === chatId);
  }

  /** Shows a chat. */
  open(conversation: Conversation): void {
    this.focused = conversation;
    this.managing = false;
    this.archived = undefined;
    this.recent = [conversation, ...this.recent.filter((one) => one !== conversation)];
    this.shownChanged();
  }

  /** The next chat in the list with unread messages. */
  get nextUnread(): Conversation | undefined {
    const from = this.focused ? this.conversations.indexOf(this.focused) + 1 : 0;
    const round = [...this.conversations.slice(from), ...this.conversations.slice(0, from)];
    return round.find((one) => one.unread > 0);
  }

  /** Shows a closed chat. */
  openArchived(chat: ListedChat): void {
    this.archived = new ArchivedChat(chat, this.me.id);
    this.shownChanged();
  }

  /** Shows the supervisor's pages, or the chats again. */
  manage(managing: boolean): void {
    this.managing = managing;
    this.shownChanged();
  }

  /** Goes back to the list. */
  backToList(): void {
    this.focused = undefined;
    this.archived = undefined;
    this.shownChanged();
  }

  /** Removes an ended chat from the list. */
  dismiss(conversation: Conversation): void {
    this.conversations = this.conversations.filter((one) => one !== conversation);
    this.recent = this.recent.filter((one) => one !== conversation);
    if (this.focused === conversation) this.focused = undefined;
    this.shownChanged();
  }

  /** Takes a chat that no agent has. Rejects if the server refuses, such as with 409 if another agent was first. */
  async take(chatId: string): Promise<void> {
    await ICF.Events.send('chats:join', { chatId, take: true });
    await this.enter(chatId);
  }

  /** Joins the agent who has a chat. Rejects if the server refuses. */
  async assist(chatId: string): Promise<void> {
    await ICF.Events.send('chats:join', { chatId, assist: true });
    await this.enter(chatId);
  }

  /** Joins a chat as a watcher, who cannot write. */
  async watchChat(chatId: string): Promise<void> {
    if (!this.find(chatId) || this.find(chatId)!.ended) await ICF.Events.send('chats:join', { chatId, mode: 'watch' });
    await this.enter(chatId);
  }

  /** Takes a chat over from the agents in it. Rejects if the server refuses. */
  async intervene(chatId: string): Promise<void> {
    await ICF.Events.send('chats:intervene', { chatId });
    await this.enter(chatId);
  }

  /** Stops watching, and removes the chat from the list. */
  async stopWatching(conversation: Conversation): Promise<void> {
    if (await conversation.stopWatching()) this.dismiss(conversation);
  }

  /** Ends the session, and reloads the page. */
  async logOut(chats?: Leaving): Promise<void> {
    this.lists.stop();
    await logOut(chats);
  }

  /** The width of the window has changed: so many chats fit now. */
  fit(columns: number): void {
    if (columns === this.columns) return;
    this.columns = columns;
    this.shownChanged();
  }

  /** Loads and shows a chat that the agent has joined. */
  private async enter(chatId: string): Promise<void> {
    this.hold(await ICF.Chat.init({ id: chatId }));
    this.lists.waiting.drop(chatId);
    this.lists.show('own');
    this.open(this.find(chatId)!);
  }

  /** Lists a chat that the agent has joined at another window. If it cannot be loaded now, the next connection lists it. */
  private async appear(chatId: string): Promise<void> {
    const chat = await ICF.Chat.init({ id: chatId }).catch(() => undefined);
    if (!chat) return;
    this.lists.waiting.drop(chatId);
    this.hold(chat);
    this.shownChanged();
  }

  /** Lists the chat, or goes on with it if it is listed. */
  private hold(chat: Chat): void {
    const before = this.find(chat.id);
    if (before?.chat === chat) return before.resume();
    if (before) this.dismiss(before);
    this.add(new Conversation(chat, this.me.id, this.drafts));
  }

  private add(conversation: Conversation): void {
    this.conversations = [...this.conversations, conversation];
    this.recent = [...this.recent, conversation];
    conversation.watch(() => this.changed());
  }

  private reconnected(): void {
    void this.duty.declareAgain();
    void this.settings.load();
    this.lists.refresh();
    for (const conversation of this.conversations) conversation.refresh();
    for (const chat of Object.values(ICF.Lobby.getUserChats())) {
      const present = [...chat.users, ...chat.watchers].some(({ id }) => id === this.me.id);
      if (present && !chat.closed && !this.find(chat.id)) this.hold(chat); // joined at another window meanwhile
    }
    this.shownChanged();
  }

  private shownChanged(): void {
    const shown = document.visibilityState === 'visible' ? this.shown : [];
    for (const conversation of this.conversations) conversation.show(shown.includes(conversation));
    this.changed();
  }
}
