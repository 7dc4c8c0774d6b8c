// Entry of parley-chat.js: defines <parley-chat>. The chat's script and the rest are beside it.

import type { Icf } from '../../index';
import { registered } from '../sdk/registry';
import { ParleyChat } from './parley-chat';
import { shared } from './shared';
import { type Extras, type HtmlText, useSource } from './source';
import type { Sentences } from './texts';

const tag = document.currentScript as HTMLScriptElement | null;
const script = tag?.src || document.baseURI;
const beside = (name: string) => new URL(name, script).href;

/** A page that requires trusted types takes the address of a script from a policy, which can be made only once. */
let policy: { createScriptURL(url: string): string } | undefined;

function trusted(url: string): string {
  policy ??= (globalThis as any).trustedTypes?.createPolicy('parley-chat', { createScriptURL: (address: string) => address });
  return policy?.createScriptURL(url) ?? url;
}

/** Runs a script from beside this one, with `shared` on its element; `found` gives what it has left. */
function run<T>(name: string, integrity: string, found: (element: HTMLScriptElement) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const element = document.createElement('script');
    const ended = (why: string) => {
      element.remove();
      const made = found(element);
      if (made) resolve(made);
      else reject(new Error(`The chat could not be loaded: ${element.src} ${why}.`));
    };
    Object.assign(element, {
      shared,
      integrity,
      nonce: tag?.nonce ?? '',
      crossOrigin: 'anonymous',
      onload: () => ended('did not run'),
      onerror: () => ended('could not be loaded'),
      src: trusted(beside(name)),
    });
    document.head.append(element);
  });
}

/** Loads the chat's script. A page's `ICF` that is not ours stays what it is. */
async function loadIcf(): Promise<Icf> {
  const before = window.ICF as Icf | undefined;
  // A page that names this version by its hash gets the script of this version.
  return run(PARLEY_SCRIPT.name, tag?.integrity ? PARLEY_SCRIPT.integrity : '', () => {
    if (before) window.ICF = before;
    return registered();
  });
}

/** Gives what loads a part of the element, once; after a failure anew. */
function part<T>({ name, integrity }: typeof PARLEY_HTML): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= run(name, integrity, (element) => (element as { parley?: T }).parley);
    loading.catch(() => (loading = undefined));
    return loading;
  };
}

async function sentences(language: string): Promise<Sentences> {
  const answer = await fetch(beside(`texts.${language}.${PARLEY_TEXTS}.json`));
  if (!answer.ok) throw new Error(`The texts of ${language} could not be loaded: the server answered ${answer.status}.`);
  return answer.json();
}

useSource({
  address: beside('icf.sdk.js'),
  icf: async () => registered() ?? loadIcf(),
  html: part<HtmlText>(PARLEY_HTML),
  extras: part<Extras>(PARLEY_EXTRAS),
  build: PARLEY_TEXTS,
  sentences,
});
if (!customElements.get('parley-chat')) customElements.define('parley-chat', ParleyChat);
