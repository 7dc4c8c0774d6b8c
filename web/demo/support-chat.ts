// A support chat over ICF, the way a customer's page would write it: start, follow the events, send, close, restore.
// It knows nothing of the page's elements; what there is to see goes to the view.

import type { Chat, Message, User } from '../index';
import { Keyboard } from './keyboard';

const appId = 'demo';
const room = '1';

/** The mark of an own message that is on its way. */
export interface OwnMessage {
  sent(message: Message): void;
  failed(reason: string, retry: () => void): void;
}

/** What the chat asks of the page. */
export interface View {
  /** The line under the title. */
  state(text: string): void;
  /** A line between the messages: somebody joined, nobody is free. */
  notice(text: string): void;
  /** Shows a message of the chat's log, `from` being '' for the visitor's own. */
  message(message: Message, from: string): void;
  /** Shows an own message before the server has it. */
  own(text: string): OwnMessage;
  /** Others have read an own message. */
  read(messageId: string): void;
  /** Who is writing, '' for nobody. */
  typing(name: string): void;
  /** Whether to offer another search for an agent. */
  alone(alone: boolean): void;
  /** The chat is over. */
  ended(text: string): void;
}

export class SupportChat {
  #chat: Chat | undefined;
  #lonely = false;
  #typingEnd: ReturnType<typeof setTimeout> | undefined;
  readonly #keyboard = new Keyboard(type => void this.#chat?.sendUserActivity(type).catch(() => {}));

  constructor(private readonly view: View) {}

  /** Fetches the core ahead, when a chat is likely. */
  warmUp(): void {
    void ICF.Parley.preload();
  }

  /** Goes on with the chat that was open before the page was loaded. Gives whether there was one. */
  async restore(): Promise<boolean> {
    if (!/(?:^|;\s*)i\.cc=/.test(document.cookie)) return false;
    await ICF.init({ appId });
    return this.#resume();
  }

  /** Opens a chat and looks for an agent. */
  async start(name: string): Promise<void> {
    this.view.state('Connecting…');
    if (!ICF.isInit) await ICF.init({ appId });
    if (await this.#resume()) return;
    const available = await ICF.Api.request('/agents/available', 'GET', { roomIds: room });
    const { data } = await ICF.Api.request('/users', 'POST', { name: name || 'Visitor' });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    const chat = await ICF.Chat.init({ room, lang: 'en', source: '3' });
    this.#follow(chat);
    this.view.notice(available.data.agents?.[room] > 0 ? 'We are looking for somebody to help you.' : 'Our agents are away at the moment. We try to reach one.');
    void this.search();
  }

  /** Looks for an agent, also once more after nobody was free. */
  async search(): Promise<void> {
    const chat = this.#chat!;
    this.#offerSearch(false);
    this.view.state('Waiting for an agent…');
    try {
      const { agent } = await chat.searchAgent();
      if (!agent && !chat.hasOtherUsers()) this.#alone();
    } catch (error) {
      this.view.notice(words(error));
      this.#offerSearch(true);
    }
  }

  /** The text in the input has changed. */
  typed(text: string): void {
    this.#keyboard.typed(text);
  }

  async send(text: string): Promise<void> {
    let own: OwnMessage | undefined;
    try {
      if (!this.#chat) throw new Error('this chat is over');
      const sent = await this.#chat.sendMessage(text, () => {
        own = this.view.own(text);
      });
      own?.sent(sent.message);
    } catch (error) {
      own ??= this.view.own(text);
      own.failed(words(error), () => void this.send(text));
    }
  }

  /** The visitor has seen a message of somebody else. */
  seen(messageId: string): void {
    this.#chat?.readMessage(messageId).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#chat?.close();
    this.#ended('You ended the chat.');
  }

  /** Goes on with the open chat of a session that was restored. A session without one is of no more use. */
  async #resume(): Promise<boolean> {
    const [id] = Object.keys(ICF.Lobby.getUserChats());
    const chat = id ? ICF.Lobby.chats[id] : undefined;
    if (!chat || chat.closed) {
      if (ICF.Lobby.logged) await ICF.Lobby.close();
      return false;
    }
    for (const message of chat.history) this.view.message(message, this.#from(chat, message.sender));
    this.#follow(chat);
    if (chat.hasOtherUsers()) this.#talking();
    else void this.search();
    return true;
  }

  #follow(chat: Chat): void {
    this.#chat = chat;
    chat
      .on('user:joined', ({ user, mode }) => {
        if (mode === 'watch') return;
        this.view.notice(`${nameOf(user)} joined the chat.`);
        this.#talking();
      })
      .on('user:left', ({ user }) => {
        this.view.notice(`${nameOf(user)} left the chat.`);
        this.#typing('', 'not-writing');
        if (chat.hasOtherUsers()) this.#talking();
        else this.#alone();
      })
      .on('user:activity', ({ userId, type }) => this.#typing(this.#from(chat, userId), type))
      .on('message:received', ({ message }) => {
        this.#typing('', 'not-writing');
        this.view.message(message, this.#from(chat, message.sender));
      })
      .on('message:read', ({ message, userId }) => {
        if (userId !== me()) this.view.read(message.id);
      })
      .on('chat:intervened', ({ interventor }) => {
        this.view.notice(`${nameOf(interventor)} took over the chat.`);
        this.#talking();
      })
      .on('forever:alone', () => this.#alone())
      .on('chat:closed', ({ userId }) => this.#ended(userId === me() ? 'You ended the chat.' : 'The chat was closed.'));
  }

  #talking(): void {
    const agents = this.#chat!.users.filter(user => user.id !== me());
    this.#offerSearch(false);
    this.view.state(`You are talking to ${agents.map(nameOf).join(', ')}`);
  }

  #alone(): void {
    if (this.#lonely) return;
    this.view.state('Nobody is free right now');
    this.view.notice('None of our agents is free right now. You can keep writing, your messages stay in the chat, or ask again.');
    this.#offerSearch(true);
  }

  #offerSearch(lonely: boolean): void {
    this.#lonely = lonely;
    this.view.alone(lonely);
  }

  /** The one who writes is forgotten after 15 s: the word that ends it may have been lost with a connection. */
  #typing(name: string, type: string): void {
    clearTimeout(this.#typingEnd);
    this.view.typing(type === 'writing' ? name : '');
    if (type === 'writing') this.#typingEnd = setTimeout(() => this.view.typing(''), 15_000);
  }

  /** The session is kept a little longer, for the ticket that the server makes of a closed chat. */
  #ended(text: string): void {
    const chat = this.#chat;
    if (!chat) return;
    this.#chat = undefined;
    this.#typing('', 'not-writing');
    this.view.ended(text);
    const visitor = me();
    const leave = () => {
      clearTimeout(timer);
      if (!this.#chat && me() === visitor) void ICF.Lobby.close();
    };
    const timer = setTimeout(leave, 5_000);
    ICF.Lobby.addEventListener('system:info', info => {
      if (info.chatId !== chat.id) return;
      if (info.data.ticketId) this.view.notice(`Your ticket number is ${info.data.ticketId}.`);
      leave();
    });
  }

  /** The name of a sender, '' for the visitor. */
  #from(chat: Chat, userId: string): string {
    if (userId === me()) return '';
    return nameOf(chat.users.find(user => user.id === userId));
  }
}

function me(): string | undefined {
  return ICF.Connection.me()?.id;
}

function nameOf(user: User | undefined): string {
  return user?.nickname || user?.name || 'Agent';
}

/** An error as a sentence for the visitor. */
export function words(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
