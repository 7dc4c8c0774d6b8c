// What the page says, in the language that the address asks for (`?lang=`), or the first of the browser's that there is.

import { languageAmong } from '../ui/languages';
import { declareLanguage, pageTexts } from '../ui/page-language';
import english from './texts/en.json';

export type Key = keyof typeof english;

let texts = english;

export const say = (key: Key): string => texts[key];

/** Loads the texts. Those that cannot be had are in English. */
export async function speak(): Promise<void> {
  const asked = new URLSearchParams(location.search).get('lang');
  const language = languageAmong(asked ? [asked] : navigator.languages);
  const found = language && (await pageTexts<typeof english>(language));
  if (!found) return;
  texts = found;
  declareLanguage(language);
}
