// The form before a chat: its fields, the box for the visitor's consent, and what is still wrong with the answers.

import { html, nothing } from 'lit/html.js';
import type { FormField } from '../../element';
import { type Visitor, visitorOf } from './fields';
import type { TextKey, Texts } from './texts';

/** What is wrong, by the names of fields; the box for consent is ''. */
export type Problems = ReadonlyMap<string, TextKey>;

/** To what visitors must agree, and where they read about it. Without a text, what the page says in its slot. */
export interface Consent {
  text: string;
  url: string;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const usual: Record<string, { label: TextKey; type: FormField['type']; autocomplete: string }> = {
  name: { label: 'name', type: 'text', autocomplete: 'given-name' },
  email: { label: 'form.email', type: 'email', autocomplete: 'email' },
  phone: { label: 'form.phone', type: 'tel', autocomplete: 'tel' },
  message: { label: 'input', type: 'textarea', autocomplete: 'off' },
  topic: { label: 'form.topic', type: 'text', autocomplete: 'off' },
};

/** In characters. */
const longestName = 100;
const longest = 1000;

/** One field. `changed` hears that the visitor has done something about it. */
export const formField = (field: FormField, problem: TextKey | undefined, texts: Texts, changed: (name: string) => void) => {
  const { name, label, required, options } = field;
  const known = usual[name];
  const type = field.type ?? known?.type ?? 'text';
  const id = `chat-${name}`;
  const describedBy = problem ? `${id}-problem` : nothing;
  const invalid = problem ? 'true' : nothing;
  const change = () => changed(name);
  const needed = required ? 'true' : nothing;
  return html`<div>
    <label class="field">
      <span><bdi>${label ?? (known ? texts.say(known.label) : name)}</bdi> ${required ? nothing : html`<small>${texts.say('optional')}</small>`}</span>
      ${
        options
          ? html`<select id=${id} class="input" part="input" name=${name} data-testid=${id} aria-required=${needed} aria-invalid=${invalid}
              aria-describedby=${describedBy} @change=${change}>
              <option value="">${texts.say('form.choose')}</option>
              ${options.map((option) => html`<option>${option}</option>`)}
            </select>`
          : type === 'textarea'
            ? html`<textarea id=${id} class="input" part="input" name=${name} rows="3" maxlength=${longest} data-testid=${id} dir="auto"
                aria-required=${needed} aria-invalid=${invalid} aria-describedby=${describedBy} @input=${change}></textarea>`
            : html`<input id=${id} class="input" part="input" name=${name} type=${type} maxlength=${name === 'name' ? longestName : longest}
                data-testid=${id} dir="auto" autocomplete=${known?.autocomplete ?? 'off'} aria-required=${needed} aria-invalid=${invalid}
                aria-describedby=${describedBy} @input=${change}>`
      }
    </label>
    ${problem ? html`<p id=${`${id}-problem`} class="field-problem" data-testid=${`${id}-problem`}>${texts.say(problem)}</p>` : nothing}
  </div>`;
};

/** The box for the visitor's consent; hidden if there is nothing to agree to. */
export const consentBox = (asked: Consent | undefined, problem: TextKey | undefined, texts: Texts, changed: (name: string) => void) => html`
  <div ?hidden=${!asked}>
    <label class="consent">
      <input id="chat-consent" type="checkbox" part="consent" data-testid="chat-consent" aria-required="true" aria-invalid=${problem ? 'true' : nothing}
        aria-describedby=${problem ? 'chat-consent-problem' : nothing} @change=${() => changed('')}>
      <span><slot name="consent" @slotchange=${() => changed('')}>${
        asked?.url
          ? html`<a href=${asked.url} target="_blank" rel="noopener noreferrer"><bdi>${asked.text}</bdi></a>`
          : html`<bdi>${asked?.text}</bdi>`
      }</slot></span>
    </label>
    ${problem ? html`<p id="chat-consent-problem" class="field-problem" data-testid="chat-consent-problem">${texts.say(problem)}</p>` : nothing}
  </div>
`;

/** Reads the form: the visitor, or what is wrong with it. */
export function read(form: HTMLElement, fields: readonly FormField[], consentAsked: boolean): Visitor | Problems {
  const problems = new Map<string, TextKey>();
  const answers = new Map<string, string>();
  for (const control of form.querySelectorAll<Control>('[name]:not(slot)')) {
    const answer = control.value.trim();
    const required = fields.find(({ name }) => name === control.name)?.required;
    if (answer) answers.set(control.name, answer);
    if (control.validity.typeMismatch) problems.set(control.name, 'form.noEmail');
    else if (required && !answer) problems.set(control.name, 'form.missing');
  }
  const consents = form.querySelector<HTMLInputElement>('#chat-consent')!.checked;
  if (consentAsked && !consents) problems.set('', 'form.noConsent');
  return problems.size > 0 ? problems : visitorOf(answers, consentAsked);
}

/** What the visitor does first: the first field with a problem, else the first of all, else the box or the button. */
export function first(form: HTMLElement): HTMLElement | null {
  const wrong = form.querySelector<HTMLElement>('[aria-invalid="true"]');
  return wrong ?? form.querySelector<HTMLElement>(':is(input, select, textarea):not(#chat-consent), .button.primary');
}
