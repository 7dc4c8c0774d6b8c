// The language of the console: the one that the agent has chosen in this browser, or else the browser's.

import { sayAgain } from '../../ui/element';
import { languageAmong } from '../../ui/languages';
import { declareLanguage, pageTexts } from '../../ui/page-language';
import { english, say, texts } from '../texts';
import { Observable } from './observable';
import { wantsLanguage } from './preferences';

class SpokenLanguage extends Observable {
  /** The tag that the agent has chosen; '' if the browser's language is good. */
  chosen = wantsLanguage.get();
  /** The texts are there. */
  ready = false;
  /** Counts the changes, so that texts that come late are not shown. */
  private turn = 0;

  constructor() {
    super();
    addEventListener('languagechange', () => void this.speak());
  }

  async choose(tag: string): Promise<void> {
    this.chosen = tag;
    if (tag) wantsLanguage.set(tag);
    else wantsLanguage.clear();
    await this.speak();
  }

  /** Says everything in the language. Texts that cannot be had are in English. */
  async speak(): Promise<void> {
    const turn = ++this.turn;
    const language = languageAmong(this.chosen ? [this.chosen] : navigator.languages);
    const own = language && (await pageTexts<typeof english>(language));
    if (turn !== this.turn) return;
    const tag = own ? language : 'en';
    texts.speak(tag, { ...english, ...own });
    declareLanguage(tag);
    document.title = say('title');
    sayAgain(document);
    this.ready = true;
    this.changed();
  }
}

export const language = new SpokenLanguage();
