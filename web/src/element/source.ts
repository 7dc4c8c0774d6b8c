// Where the element has the rest from: the chat's script, and the texts of other languages. The script's way in and the package's
// differ in it.

import type { Icf } from '../../index';
import type { plainText, textView } from '../ui/html-text';
import { useIcf } from '../ui/icf';
import type { Language } from '../ui/languages';
import type { Sentences } from './texts';

export interface HtmlText {
  textView: typeof textView;
  plainText: typeof plainText;
}

export interface Source {
  /** An address of the chat server's, which names the server unless the page does; '' if there is none. */
  readonly address: string;
  /** The page's `ICF`. It is loaded if it is not there. */
  icf(): Promise<Icf>;
  /** What shows messages that are HTML, which are rare. */
  html(): Promise<HtmlText>;
  /** Names the texts' build, so that a tab can keep them; '' if it has no name. */
  readonly build: string;
  /** What the window says in a language. */
  sentences(language: Language): Promise<Sentences>;
}

let source: Source;
let loading: Promise<void> | undefined;

/** Says where all elements of the page have it from. */
export function useSource(given: Source): void {
  source = given;
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
