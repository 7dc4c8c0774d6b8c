// What visitors are asked before a chat, and what they must agree to.

import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { say } from '../../texts';
import type { FormField, ManagedSettings } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { linesOf, replaceAt, SettingForm } from './setting-form';

/** A field as it is edited. */
interface Asked {
  name: string;
  label: string;
  type: string;
  /** One answer a line; '' for free text. */
  options: string;
  required: boolean;
}

interface Value {
  fields: Asked[];
  text: string;
  url: string;
}

class FieldsForm extends SettingForm<Value> {
  protected pick({ window: { fields, consent } }: ManagedSettings): Value {
    return { fields: fields.map(asked), ...consent };
  }

  protected change({ fields, text, url }: Value) {
    return { window: { fields: fields.map(stored), consent: { text: text.trim(), url: url.trim() } } };
  }

  protected lines({ fields, text, url }: Value): Line[] {
    const field = ({ name, label, type, options, required }: Asked): Line => [
      name,
      [label, type, options.replaceAll('\n', ', '), required && say('set.required')].filter(Boolean).join(' · '),
    ];
    return [...fields.map(field), [say('set.consent'), text], [say('set.consentUrl'), url]];
  }

  protected fields(value: Value) {
    const { fields } = value;
    return html`
      <h3>${say('set.fields')}</h3>
      ${repeat(fields, (one) => this.item(fields, fields.indexOf(one)))}
      ${this.adder(
        'field',
        say('set.addField'),
        () => fields.push({ name: '', label: '', type: '', options: '', required: false }),
        () => `window.fields.${fields.length - 1}.name`,
      )}
      ${this.field('window.consent.text', say('set.consent'), value.text, (text) => (value.text = text), { rows: 2, max: 1000 })}
      ${this.field('window.consent.url', say('set.consentUrl'), value.url, (url) => (value.url = url), { type: 'url', max: 2000 })}
    `;
  }

  private item(fields: Asked[], at: number) {
    const { name, label, type, options, required } = fields[at]!;
    const path = `window.fields.${at}`;
    const set = (change: Partial<Asked>) => replaceAt(fields, at, change);
    return html`
      <fieldset class="item">
        <legend dir="auto">${label || name || '…'}</legend>
        <div class="columns">
          ${this.field(`${path}.name`, say('set.fieldName'), name, (text) => set({ name: text }), { max: 60 })}
          ${this.field(`${path}.label`, say('set.label'), label, (text) => set({ label: text }))}
          ${this.choice(`${path}.type`, say('set.kind'), type, kinds(), (text) => set({ type: text }))}
          ${this.field(`${path}.options`, say('set.options'), options, (text) => set({ options: text }), { rows: 2 })}
        </div>
        ${this.tick(`${path}.required`, say('set.required'), required, (on) => set({ required: on }))}
        <div class="acts">
          ${this.riser('field', fields, at, name, 'window.fields.0.name')}
          ${this.remover('field', name, () => fields.splice(at, 1))}
        </div>
      </fieldset>
    `;
  }
}

const asked = ({ name, label = '', type = '', options = [], required = false }: FormField): Asked => ({
  name,
  label,
  type,
  options: options.join('\n'),
  required,
});

function stored({ name, label, type, options, required }: Asked): FormField {
  const answers = linesOf(options);
  return {
    name: name.trim(),
    ...(label.trim() && { label: label.trim() }),
    ...(type && { type }),
    ...(answers.length > 0 && { options: answers }),
    ...(required && { required }),
  };
}

const kinds = (): Line[] => [
  ['', say('set.kindOwn')],
  ['text', say('set.kindText')],
  ['email', say('set.kindEmail')],
  ['tel', say('set.kindTel')],
  ['textarea', say('set.kindArea')],
];

customElements.define('console-set-fields', FieldsForm);
