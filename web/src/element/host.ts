// What the chat window asks of its element.

import type { FormField } from '../../element';
import type { Consent } from './pre-chat';
import type { SupportOptions } from './support-chat';
import type { Plan } from './teaser';
import type { Say } from './view';

export interface Host {
  options(): SupportOptions;
  heading(): string;
  /** What visitors are asked before a chat. */
  fields(): readonly FormField[];
  /** Says when it opens next, outside of the hours. */
  closed(): Say | undefined;
  /** To what they must agree; without a text, to what the page says in its slot. */
  consent(): Consent | undefined;
  /** Whether it is known what the app has set about the form; and finds that out. */
  settled(): boolean;
  settle(): void;
  /** Whether known users may read their earlier chats. */
  looksBack(): boolean;
  /** What may invite the visitor beside the launcher. */
  teaser(): Plan;
  /** The window has been opened or minimised. */
  opened(open: boolean): void;
  /** Something has happened that a page may want to know. */
  tell(event: string, detail?: object): void;
}
