// The agent's desk: the open chats, which of them are on the screen, the invitations, duty and connection.

import { Connection } from './connection';
import { Conversation } from './conversation';
import { Duty } from './duty';
import { Invitations } from './invitations';
import { Observable } from './observable';

export class Desk extends Observable {
  readonly duty = new Duty();
  readonly invitations = new Invitations(chatId => this.#load(chatId));
  readonly connection = new Connection(() => this.#reconnected());
  conversations: readonly Conversation[] = [];
  /** The chat the agent turned to last; undefined when none is (on a phone: the list is shown). */
  focused: Conversation | undefined;
  /** How many chats fit side by side. */
  columns = 1;
  #recent: readonly Conversation[] = [];
  readonly me = ICF.Connection.me()!;

  constructor() {
    super();
    for (const chat of Object.values(ICF.Lobby.getUserChats())) this.#add(new Conversation(chat, this.me.id));
    // One's own going is no event of the chat.
    ICF.Events.subscribe('chats:leave', ({ chatId, userId }: { chatId: string; userId: string }) => {
      if (userId === this.me.id) this.conversations.find(one => one.id === chatId)?.left();
    });
    document.addEventListener('visibilitychange', () => this.#shownChanged());
    void this.duty.declareAgain();
  }

  /** The chats on the screen: those the agent turned to last, in the order of the list. */
  get shown(): readonly Conversation[] {
    const recent = this.#recent.slice(0, this.columns);
    if (this.columns === 1) return this.focused ? [this.focused] : [];
    return this.conversations.filter(one => recent.includes(one));
  }

  get unread(): number {
    return this.conversations.reduce((sum, one) => sum + one.unread, 0);
  }

  /** Turns to a chat. */
  open(conversation: Conversation): void {
    this.focused = conversation;
    this.#recent = [conversation, ...this.#recent.filter(one => one !== conversation)];
    this.#shownChanged();
  }

  /** Goes back to the list. */
  backToList(): void {
    this.focused = undefined;
    this.#shownChanged();
  }

  /** Puts an ended chat away. */
  dismiss(conversation: Conversation): void {
    this.conversations = this.conversations.filter(one => one !== conversation);
    this.#recent = this.#recent.filter(one => one !== conversation);
    if (this.focused === conversation) this.focused = undefined;
    this.#shownChanged();
  }

  /** The width has changed. */
  fit(columns: number): void {
    if (columns === this.columns) return;
    this.columns = columns;
    this.#shownChanged();
  }

  async #load(chatId: string): Promise<void> {
    const conversation = new Conversation(await ICF.Chat.init({ id: chatId }), this.me.id);
    const before = this.conversations.find(one => one.id === chatId);
    if (before) this.dismiss(before);
    this.#add(conversation);
    this.open(conversation);
  }

  #add(conversation: Conversation): void {
    this.conversations = [...this.conversations, conversation];
    this.#recent = [...this.#recent, conversation];
    conversation.watch(() => this.changed());
  }

  #reconnected(): void {
    void this.duty.declareAgain();
    for (const conversation of this.conversations) conversation.refresh();
    this.#shownChanged();
  }

  #shownChanged(): void {
    const shown = document.visibilityState === 'visible' ? this.shown : [];
    for (const conversation of this.conversations) conversation.show(shown.includes(conversation));
    this.changed();
  }
}
