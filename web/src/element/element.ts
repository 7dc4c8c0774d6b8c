// Entry of `parley-chat/element`: defines <parley-chat>. The rest of the package is loaded when a chat is wanted.

import type { Language } from '../ui/languages';
import { ParleyChat } from './parley-chat';
import { useSource } from './source';
import type { Sentences } from './texts';

// Each a chunk of the page's build, which is loaded when it is needed.
const files: Record<Language, () => Promise<{ default: unknown }>> = {
  ar: () => import('./texts/ar.json'),
  ca: () => import('./texts/ca.json'),
  de: () => import('./texts/de.json'),
  es: () => import('./texts/es.json'),
  fr: () => import('./texts/fr.json'),
  he: () => import('./texts/he.json'),
  hi: () => import('./texts/hi.json'),
  it: () => import('./texts/it.json'),
  ja: () => import('./texts/ja.json'),
  ko: () => import('./texts/ko.json'),
  nl: () => import('./texts/nl.json'),
  pl: () => import('./texts/pl.json'),
  'pt-BR': () => import('./texts/pt-BR.json'),
  'pt-PT': () => import('./texts/pt-PT.json'),
  ru: () => import('./texts/ru.json'),
  tr: () => import('./texts/tr.json'),
  'zh-Hans': () => import('./texts/zh-Hans.json'),
  'zh-Hant': () => import('./texts/zh-Hant.json'),
};

// As served by the chat server, the package names it by its own address.
const folder = /^(.*\/sdk\/[^/]+\/)esm\//.exec(import.meta.url)?.[1];

useSource({
  address: folder ? `${folder}icf.sdk.js` : '',
  icf: async () => (await import('../package/index')).ICF,
  html: () => import('../ui/html-text'),
  extras: () => import('./extras'),
  build: '',
  sentences: async (language) => (await files[language]()).default as Sentences,
});
if (!customElements.get('parley-chat')) customElements.define('parley-chat', ParleyChat);

export { ParleyChat };
