// The languages that texts are written in for visitors, by their ISO 639-1 codes.

import { languages } from '../../../ui/languages';
import { say, type TextKey, texts } from '../../texts';
import type { Line } from '../model/meanwhile';

/** Those that the window speaks. */
const codes = [...new Set(['en', ...languages].map((tag) => tag.split('-')[0]!))];

/** The name of a language for the agent; `any` says what '' is. */
export function languageName(code: string, any: TextKey): string {
  if (!code) return say(any);
  try {
    return new Intl.DisplayNames(texts.locale ?? 'en', { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** All of them, what is chosen also if it is another one, and '' for any. */
export function languageChoice(chosen: string, any: TextKey): Line[] {
  const names = [...new Set([...codes, chosen])].filter(Boolean).map((code): Line => [code, languageName(code, any)]);
  return [['', say(any)], ...names.sort(([, a], [, b]) => a.localeCompare(b, texts.locale))];
}
