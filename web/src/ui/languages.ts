// The languages that visitors are spoken to in.

/** The languages besides English. Of two of one name the last is also for regions that have none. */
// biome-ignore format: a list
export const languages = [
  'ar', 'ca', 'de', 'es', 'fr', 'he', 'hi', 'it', 'ja', 'ko', 'nl', 'pl', 'pt-BR', 'pt-PT', 'ru', 'tr', 'zh-Hans', 'zh-Hant',
] as const;

export type Language = (typeof languages)[number];

/** The language for a tag; undefined for English, and for what there are no texts for. */
export function languageOf(tag: string): Language | undefined {
  const locale = localeOf(tag);
  const { language, script, region } = /^(?:pt|zh)$/.test(locale.language) ? locale.maximize() : locale;
  const wanted = [`${language}-${script}`, `${language}-${region}`, language];
  return languages.find((one) => wanted.includes(one)) ?? languages.findLast((one) => one.split('-')[0] === language);
}

/** The language for the first of the tags that there are texts for; undefined for English, and if there is none. */
export function languageAmong(tags: readonly string[]): Language | undefined {
  return languageOf(tags.find((one) => languageOf(one) || localeOf(one).language === 'en') ?? 'en');
}

/** The locale of a tag. What is no tag is English. */
export function localeOf(tag: string): Intl.Locale {
  try {
    return new Intl.Locale(tag);
  } catch {
    return new Intl.Locale('en');
  }
}

// A browser takes up to 20 ms to load what it knows of locales, once in each page: it is not asked about what we know.

const ours = ['en', ...languages.map((one) => one.slice(0, 2))];

/** Whether a locale is written from right to left. */
export function isFromTheRight(locale: Intl.Locale): boolean {
  if (!locale.script && ours.includes(locale.language)) return locale.language === 'ar' || locale.language === 'he';
  return /^(?:Arab|Hebr|Thaa|Syrc|Nkoo|Adlm|Rohg)$/.test(locale.maximize().script ?? '');
}
