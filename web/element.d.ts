// The public interface of `parley-chat/element`: the element <parley-chat>, a whole chat window. The implementation is checked
// against this file.

import type { Chat, Message } from './index.js';

/** A sentence with `{name}` where values stand; or one for each plural category of the language. */
export type Sentence = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);

/** What a visitor is asked before a chat. Agents see the answers. */
export interface FormField {
  /**
   * `name`, `email`, `phone`, `topic` and `message` have labels in the window's language. The name becomes the visitor's, an email
   * or else a phone their contact, the message the chat's first, and every other answer is in their `extraInfo` by this name.
   */
  name: string;
  /** Defaults to the name. */
  label?: string;
  /** Defaults to what the name asks for, else `text`. */
  type?: 'text' | 'email' | 'tel' | 'textarea';
  /** Answers to choose from. */
  options?: readonly string[];
  /** Without an answer there is no chat. Defaults to false. */
  required?: boolean;
}

/** The element. In the browser the import defines it; where there is no page the import does nothing. */
export interface ParleyChatElement extends HTMLElement {
  /** Id of the app, as the server knows it: the attribute `app-id`. */
  appId: string;
  /** The chat server, as `ICF.init` takes it. Defaults to the one that has served the script. */
  server: string;
  /** The room in which agents are looked for. Defaults to `1`. */
  room: string;
  /** Id of the survey after a chat: the attribute `survey-id`. Defaults to none. */
  surveyId: string;
  /** The window's title. */
  heading: string;
  /** What the assistant says first, one message a line. Agents see it too. */
  greeting: string;
  /**
   * When agents are there, as schema.org writes it: `Mo-Fr 09:00-17:00; Sa 10:00-14:00`. Outside of it the window says when it opens.
   * Defaults to always.
   */
  hours: string;
  /** The time zone of `hours` by its IANA name, such as `Europe/Madrid`: the attribute `time-zone`. Defaults to `UTC`. */
  timeZone: string;
  /** `message`: outside of the hours the form asks for a message too, with which the chat begins. Defaults to the app's setting. */
  away: string;
  /** What invites visitors beside the launcher, once in a visit. Defaults to nothing. */
  teaser: string;
  /** Seconds after which the teaser comes: the attribute `teaser-after`. Defaults to 10. */
  teaserAfter: string;
  /** The paths of pages that have the teaser, between blanks, with `*` for anything: the attribute `teaser-on`. Defaults to all. */
  teaserOn: string;
  /** `light` or `dark`; otherwise as the visitor's system is. */
  theme: string;
  /**
   * What visitors are asked before a chat, at most 20 fields. Defaults to the attribute `fields`, names between blanks with a
   * star where an answer is needed, such as `name email* topic`; without it to the name, which nobody must give.
   * @throws TypeError the list is wrong
   */
  fields: readonly FormField[];
  /** Sentences in place of the window's own, by the keys of its catalogue. */
  texts: Partial<Record<string, Sentence>>;
  /** The open chat, or null. */
  readonly chat: Chat | null;
  /** How many messages the visitor has not seen. */
  readonly unread: number;
  /** Opens the window. The attribute `open` says whether it is. */
  open(): void;
  /** Minimises the window. The chat goes on. */
  close(): void;
  /** Begins a chat, as the window's button does. A failure is shown in the window, and is the event `parley-error`. */
  start(name?: string): Promise<void>;
  /** Sends a message in the open chat. Without one it does nothing. What fails is shown in the window. */
  sendMessage(text: string): Promise<void>;
}

/** The element's events. All bubble, and leave shadow roots. */
export interface ParleyChatEvents {
  'parley-open': CustomEvent<Record<string, never>>;
  'parley-close': CustomEvent<Record<string, never>>;
  /** A chat is open: a new one, or that of an earlier page. */
  'parley-start': CustomEvent<{ chat: Chat }>;
  /** A message has come, or an own one has been sent. */
  'parley-message': CustomEvent<{ message: Message; own: boolean }>;
  /** The number of messages that the visitor has not seen is another one. */
  'parley-unread': CustomEvent<{ count: number }>;
  /** The chat is over. */
  'parley-end': CustomEvent<Record<string, never>>;
  /** Something failed, and is shown in the window. */
  'parley-error': CustomEvent<{ error: unknown }>;
}

/** The element's class; undefined where there is no page. */
export const ParleyChat: { new (): ParleyChatElement } | undefined;

declare global {
  interface HTMLElementTagNameMap {
    'parley-chat': ParleyChatElement;
  }

  interface HTMLElementEventMap extends ParleyChatEvents {}
}
