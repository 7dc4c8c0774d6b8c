// The language of one of our own pages: its texts, which are in files beside it, and what the document says of it.

import { isFromTheRight, type Language, localeOf } from './languages';

// A server that does not answer must not keep the page away.
const patience = 5000;

/** Fetches the texts of a language for this page; undefined if they cannot be had. */
export async function pageTexts<T>(language: Language): Promise<T | undefined> {
  try {
    const answer = await fetch(`texts.${language}.${PARLEY_TEXTS}.json`, { signal: AbortSignal.timeout(patience) });
    return answer.ok ? ((await answer.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Declares the language of the page, and its direction. */
export function declareLanguage(lang: Language | 'en'): void {
  Object.assign(document.documentElement, { lang, dir: isFromTheRight(localeOf(lang)) ? 'rtl' : 'ltr' });
}
