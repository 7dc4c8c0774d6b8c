// What the account dialog shows of passkeys: those that there are, and a form to add one.

import { html, nothing } from 'lit';
import { dayText } from '../ui/format';
import type { Passkey } from './model/account';
import { isolated, say, texts } from './texts';

export const passkeyList = (passkeys: readonly Passkey[], busy: boolean) =>
  passkeys.length === 0
    ? nothing
    : html`<ul class="blocks" data-testid="passkeys">${passkeys.map(
        ({ id, name, created, used }) => html`<li>
          <span>${isolated(name)}<br><span class="quiet">${used ? say('passkeys.used', { day: dayText(used * 1000, texts.locale) }) : say('passkeys.since', { day: dayText(created * 1000, texts.locale) })}</span></span>
          <button class="button" name="remove" value=${id} aria-label=${say('passkeys.remove', { name })} ?disabled=${busy}>${say('remove')}</button>
        </li>`,
      )}</ul>`;

export const passkeyName = () => html`
  <label class="field">
    <span>${say('passkeys.name')}</span>
    <input class="input" name="passkeyName" data-testid="account-passkeyName" autocomplete="off" maxlength="64" .defaultValue=${say('passkeys.mine')}>
  </label>
`;
