// What the window says in place of its own words, language by language.

import { html } from 'lit';
import { say } from '../../texts';
import { type ManagedSettings, type WindowWords, wordKinds } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { languageChoice, languageName } from './language-choice';
import { replaceAt, SettingForm } from './setting-form';

const rows = { heading: 1, welcome: 2, greeting: 3, away: 2 } as const;
const longest = { heading: 100, welcome: 500, greeting: 2000, away: 500 } as const;

class WordsForm extends SettingForm<WindowWords[]> {
  protected pick({ window: { words } }: ManagedSettings): WindowWords[] {
    return words;
  }

  protected change(words: WindowWords[]) {
    const kept = ({ lang, ...said }: WindowWords) => ({
      lang,
      ...Object.fromEntries(Object.entries(said).filter(([, text]) => text.trim())),
    });
    return { window: { words: words.map(kept) } };
  }

  protected lines(words: WindowWords[]): Line[] {
    return words.map(
      (one): Line => [
        languageName(one.lang, 'set.others'),
        wordKinds
          .map((kind) => one[kind])
          .filter(Boolean)
          .join(' · '),
      ],
    );
  }

  protected fields(words: WindowWords[]) {
    return html`
      <p class="quiet">${say('set.wordsAbout')}</p>
      ${words.map((_, at) => this.item(words, at))}
      ${this.adder(
        'words',
        say('set.addLanguage'),
        () => words.push({ lang: '' }),
        () => `window.words.${words.length - 1}.lang`,
      )}
    `;
  }

  private item(words: WindowWords[], at: number) {
    const one = words[at]!;
    const path = `window.words.${at}`;
    const name = languageName(one.lang, 'set.others');
    return html`
      <fieldset class="item">
        <legend>${name}</legend>
        ${this.choice(`${path}.lang`, say('language'), one.lang, languageChoice(one.lang, 'set.others'), (lang) => replaceAt(words, at, { lang }))}
        ${wordKinds.map((kind) =>
          this.field(`${path}.${kind}`, say(`set.words.${kind}`), one[kind] ?? '', (text) => replaceAt(words, at, { [kind]: text }), {
            rows: rows[kind],
            max: longest[kind],
          }),
        )}
        <div class="acts">${this.remover('words', name, () => words.splice(at, 1))}</div>
      </fieldset>
    `;
  }
}

customElements.define('console-set-words', WordsForm);
