// What the window shows, and what the visitor can do with it.

import type { FormField } from '../../element';
import type { Consent, Problems } from './pre-chat';
import type { Say } from './view';

export type Stage = 'form' | 'talk' | 'ended' | 'earlier';

/** What the window shows. */
export interface Shown {
  /** The window is in the page, open or not. */
  made: boolean;
  open: boolean;
  /** It is there from the first, and does not rise. */
  still: boolean;
  stage: Stage;
  /** The chat is being begun. */
  starting: boolean;
  heading: string;
  /** Invites the visitor beside the launcher; '' for nothing. */
  teaser: string;
  /** What the visitor is asked before a chat, and to what they must agree; once it is settled. */
  fields: readonly FormField[];
  consent: Consent | undefined;
  settled: boolean;
  /** There are earlier conversations. */
  past: boolean;
  /** How many messages the visitor has not seen. */
  unread: number;
  problems: Problems;
  /** Says when it opens next, outside of the hours. */
  closed: Say | undefined;
  /** The line under the title. */
  state: Say;
  /** Pictures of the agents beside it. */
  faces: readonly HTMLElement[];
  problem: Say;
  /** Asks whether to end the chat. */
  asking: boolean;
  /** Who is writing, if anybody is. */
  typing: Say | undefined;
  /** Offers another search for an agent. */
  alone: boolean;
  expiring: Say | undefined;
}

export const nothing: Say = () => '';

/** A window of which nothing is known yet. */
export const unshown = (): Shown => ({
  made: false,
  open: false,
  still: false,
  stage: 'form',
  starting: false,
  heading: '',
  fields: [],
  consent: undefined,
  settled: false,
  past: false,
  unread: 0,
  teaser: '',
  problems: new Map(),
  closed: undefined,
  state: nothing,
  faces: [],
  problem: nothing,
  asking: false,
  typing: undefined,
  alone: false,
  expiring: undefined,
});

/** What the visitor does with it. */
export interface Gestures {
  near(): void;
  open(): void;
  minimise(): void;
  /** The visitor does not want the invitation. */
  dismiss(): void;
  ask(asking: boolean): void;
  end(): void;
  start(event: Event): void;
  /** Something about a field has changed; '' is the consent. */
  answer(name: string): void;
  search(): void;
  here(): void;
  save(): void;
  again(): void;
  /** Earlier conversations; and back from them. */
  earlier(): void;
  back(): void;
  key(event: KeyboardEvent): void;
}
