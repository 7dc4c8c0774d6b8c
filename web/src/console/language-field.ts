// The choice of the console's language, each named in itself.

import { html } from 'lit';
import { languages } from '../ui/languages';
import { language } from './model/language';
import { say } from './texts';

const tags = ['en', ...languages].sort();

const nameIn = (tag: string) => new Intl.DisplayNames(tag, { type: 'language' }).of(tag);

export const languageField = () => html`
  <div class="account-part">
    <label class="field">
      <span>${say('language')}</span>
      <select class="input" data-testid="language" @change=${choose}>
        <option value="">${say('language.browser')}</option>
        ${tags.map((tag) => html`<option value=${tag} lang=${tag} ?selected=${language.chosen === tag}>${nameIn(tag)}</option>`)}
      </select>
    </label>
  </div>
`;

function choose(event: Event): void {
  void language.choose((event.target as HTMLSelectElement).value);
}
