// What the window says in other languages. The tab keeps it, so that the site's next page speaks the language from the first.

import type { Language } from '../ui/languages';
import { tabEntry } from '../ui/storage';
import { theSource } from './source';
import type { Sentences } from './texts';

const entry = tabEntry('parley.texts');

/** Names the texts of a language; '' where they cannot be kept. */
const nameOf = (language: Language) => (theSource().build ? `${language} ${theSource().build}` : '');

/** Gives what the tab has kept. */
export function keptSentences(language: Language): Sentences | undefined {
  const name = nameOf(language);
  try {
    const [kept, sentences] = JSON.parse(entry.get() || '[]');
    return name && kept === name ? sentences : undefined;
  } catch {
    return undefined; // somebody else has written there
  }
}

export async function fetchSentences(language: Language): Promise<Sentences> {
  const sentences = await theSource().sentences(language);
  const name = nameOf(language);
  if (name) entry.set(JSON.stringify([name, sentences]));
  return sentences;
}
