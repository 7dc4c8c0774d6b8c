// What the chat and the page that shows it ask of each other. They share nothing else.

import type { Chat, Message } from '../../index';
import type { Pictured } from '../ui/avatar';
import type { MediaSettings } from '../ui/files';
import type { Visitor } from './fields';

/** What the visitor can do about a message or file that was not sent. What is missing would be of no use. */
export interface AfterFailure {
  retry?: () => void;
  /** Puts the text back to where it was written. */
  edit?: () => void;
  forget?: () => void;
}

/** What the server accepts. */
export interface Rules {
  media: MediaSettings;
  /** How many characters a message may have. */
  longest: number;
}

/** Who wrote a message that is not the visitor's own. */
export type Sender = Pictured;

/** Gives a text in the window's language, which may change while the text is shown. */
export type Say = () => string;

/** The line of an own message or file that the server does not have yet. */
export interface OwnLine {
  /** How much of a file the server has, in percent. */
  progress(percent: number): void;
  sent(message: Message): void;
  /** The visitor has given the file up. */
  cancelled(): void;
  failed(reason: Say, after: AfterFailure): void;
}

/** What the chat asks of the page. */
export interface View {
  /** The line under the title. */
  state(text: Say): void;
  /** The agents who are in the chat. */
  agents(agents: Sender[]): void;
  /** A line between the messages: somebody joined, nobody is free. */
  notice(text: Say): void;
  /** Shows a message of the chat, once; `from` is missing for the visitor's own, and `unread` what they have not seen. */
  message(message: Message, from: Sender | undefined, unread: boolean): void;
  /** Shows an own message, or a file that `cancel` gives up, before the server has it. */
  own(content: string | File, cancel?: () => void): OwnLine;
  /** Others have read an own message. */
  read(messageId: string): void;
  /** The visitor has seen a message of others, perhaps in another tab. */
  seen(messageId: string): void;
  /** Shows who is writing, if anybody is. */
  typing(name?: Say): void;
  /** A chat is open: the visitor may write, and send files. */
  opened(chat: Chat, rules: Rules): void;
  /** Gives the visitor a text to change and send. */
  edit(text: string): void;
  /** The chat's script is there. */
  ready(): void;
  /** The chat that has been opened is one that another element of the page has begun. */
  joined(): void;
  /** Whether to offer another search for an agent. */
  alone(alone: boolean): void;
  /** Warns that the chat ends unless somebody writes; without a text it removes the warning. */
  expiring(text?: Say): void;
  /** The chat is over. */
  ended(text: Say): void;
  /** The number under which the site keeps the chat. */
  ticket(number: string): void;
  /** Shows the survey at this address. */
  survey(url: string): void;
}

/** What the visitor can do; each may reject with an error for the visitor. */
export interface Acts {
  warmUp(): Promise<void>;
  start(visitor: Visitor): Promise<void>;
  send(text: string): Promise<void>;
  sendFile(file: File): Promise<void>;
  search(): Promise<void>;
  close(): Promise<void>;
  /** The visitor has seen a message of others. */
  seen(messageId: string): void;
  /** Saves the conversation that has ended. */
  save(): Promise<void>;
}
