// What the page says, in the language that the address asks for (`?lang=`), or the first of the browser's that there is.

import { isFromTheRight, languageOf, localeOf } from '../ui/languages';
import english from './texts/en.json';

export type Key = keyof typeof english;

let texts = english;

// A server that does not answer must not keep the questions away.
const patience = 5000;

export const say = (key: Key): string => texts[key];

/** Loads the texts. Those that cannot be had are in English. */
export async function speak(): Promise<void> {
  const asked = new URLSearchParams(location.search).get('lang');
  const tag = (asked ? [asked] : navigator.languages).find((one) => languageOf(one) || localeOf(one).language === 'en') ?? 'en';
  const language = languageOf(tag);
  if (!language) return;
  try {
    const answer = await fetch(`texts.${language}.${PARLEY_TEXTS}.json`, { signal: AbortSignal.timeout(patience) });
    if (!answer.ok) return;
    texts = await answer.json();
  } catch {
    return;
  }
  Object.assign(document.documentElement, { lang: language, dir: isFromTheRight(localeOf(language).script) ? 'rtl' : 'ltr' });
}
