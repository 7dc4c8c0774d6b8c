// Where the element has the rest from: the chat's script, what most visits do not need, and the texts of other languages. The script's way in and the package's
// differ in it.

import type { Icf } from '../../index';
import type { ShowPicture } from '../ui/file-view';
import type { plainText, textView } from '../ui/html-text';
import { useIcf } from '../ui/icf';
import type { Language } from '../ui/languages';
import type { choices } from './choices';
import type { Root } from './elements';
import type { Hours } from './hours';
import type { Recording } from './recording';
import type { showSurvey } from './survey-frame';
import type { Sentences, Texts } from './texts';
import { tried } from './tried';

export interface HtmlText {
  textView: typeof textView;
  plainText: typeof plainText;
}

/** What most visits do not need at first: extras.ts. */
export interface Extras {
  showPicture: ShowPicture;
  Recording: typeof Recording;
  choices: typeof choices;
  showSurvey: typeof showSurvey;
  Hours: typeof Hours;
  Earlier: new (root: Root, texts: Texts) => EarlierChats;
  /** Their style sheet. */
  sheet: string;
}

/** The list of a known user's ended chats. */
export interface EarlierChats {
  /** Looks for them. Gives whether there are any. */
  find(): Promise<boolean>;
  list(): void;
  /** Goes back from a chat to the list. Gives false where it was the list already. */
  back(): boolean;
}

export interface Source {
  /** An address of the chat server's, which names the server unless the page does; '' if there is none. */
  readonly address: string;
  /** The page's `ICF`. It is loaded if it is not there. */
  icf(): Promise<Icf>;
  /** What shows messages that are HTML, which are rare. */
  html(): Promise<HtmlText>;
  /** What most visits do not need at first. */
  extras(): Promise<Extras>;
  /** Names the texts' build, so that a tab can keep them; '' if it has no name. */
  readonly build: string;
  /** What the window says in a language. */
  sentences(language: Language): Promise<Sentences>;
}

let source: Source;
let loading: Promise<void> | undefined;

/** Says where all elements of the page have it from. What fails is loaded again. */
export function useSource(given: Source): void {
  source = {
    ...given,
    icf: () => tried(given.icf),
    html: () => tried(given.html),
    extras: () => tried(given.extras),
    sentences: (language) => tried(() => given.sentences(language)),
  };
}

export const theSource = (): Source => source;

/** Loads `ICF`, once; after a failure anew. */
export function loaded(): Promise<void> {
  loading ??= source.icf().then(useIcf, (error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
