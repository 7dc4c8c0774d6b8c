// The canned replies: their names, their texts, and the languages that these are in.

import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { CannedReply } from '../../model/settings';
import { say } from '../../texts';
import type { ManagedSettings } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { languageChoice, languageName } from './language-choice';
import { replaceAt, SettingForm } from './setting-form';

class RepliesForm extends SettingForm<CannedReply[]> {
  protected pick({ cannedReplies }: ManagedSettings): CannedReply[] {
    return cannedReplies;
  }

  protected change(replies: CannedReply[]) {
    return { cannedReplies: replies.map(({ title, text, lang }) => ({ title: title.trim(), text, ...(lang && { lang }) })) };
  }

  protected lines(replies: CannedReply[]): Line[] {
    return replies.map(
      ({ title, text, lang }): Line => [title, [lang && languageName(lang, 'set.anyLanguage'), text].filter(Boolean).join(' · ')],
    );
  }

  protected fields(replies: CannedReply[]) {
    const placeholder = (name: string) => () => `{${name}}`;
    return html`
      <p class="quiet">${say('set.repliesAbout', { name: placeholder('name'), agent: placeholder('agent'), room: placeholder('room') })}</p>
      ${repeat(
        replies,
        (one) => one,
        (_, at) => this.item(replies, at),
      )}
      ${this.adder(
        'reply',
        say('set.addReply'),
        () => replies.push({ title: '', text: '' }),
        () => `cannedReplies.${replies.length - 1}.title`,
      )}
    `;
  }

  private item(replies: CannedReply[], at: number) {
    const { title, text, lang = '' } = replies[at]!;
    const path = `cannedReplies.${at}`;
    return html`
      <details class="item">
        <summary data-testid="reply-open"><bdi>${title || '…'}</bdi> ${lang ? html`<span class="tag">${languageName(lang, 'set.anyLanguage')}</span>` : ''}</summary>
        <div class="columns">
          ${this.field(`${path}.title`, say('set.title'), title, (value) => replaceAt(replies, at, { title: value }))}
          ${this.choice(`${path}.lang`, say('language'), lang, languageChoice(lang, 'set.anyLanguage'), (value) => replaceAt(replies, at, { lang: value }))}
        </div>
        ${this.field(`${path}.text`, say('set.text'), text, (value) => replaceAt(replies, at, { text: value }), { rows: 3, max: 10_000 })}
        <div class="acts">${this.remover('reply', title, () => replies.splice(at, 1))}</div>
      </details>
    `;
  }
}

customElements.define('console-set-replies', RepliesForm);
