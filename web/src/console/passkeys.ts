// What the account dialog shows of passkeys: those that there are, and a form to add one.

import { html, nothing } from 'lit';
import { isolate } from '../ui/direction';
import { dayText } from '../ui/format';
import type { Passkey } from './model/account';

export const passkeyList = (passkeys: readonly Passkey[], busy: boolean) =>
  passkeys.length === 0
    ? nothing
    : html`<ul class="blocks" data-testid="passkeys">${passkeys.map(
        ({ id, name, created, used }) => html`<li>
          <span>${isolate(name)}<br><span class="quiet">${used ? `Last used: ${dayText(used * 1000)}` : `Added: ${dayText(created * 1000)}`}</span></span>
          <button class="button" name="remove" value=${id} aria-label="Remove the passkey ${name}" ?disabled=${busy}>Remove</button>
        </li>`,
      )}</ul>`;

export const passkeyName = html`
  <label class="field">
    <span>Name of a new one</span>
    <input class="input" name="passkeyName" data-testid="account-passkeyName" autocomplete="off" maxlength="64" .defaultValue=${'My passkey'}>
  </label>
`;
