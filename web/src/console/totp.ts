// What the log-in and the account dialog show of an authenticator app: its key to scan, a field for its code, and recovery codes.

import { html } from 'lit';
import type { TotpKey } from './model/account';
import { say } from './texts';

export const totpKey = ({ secret, url, qr }: TotpKey) => html`
  <p>${say('totp.scan')} <a class="totp-link" href=${url}>${say('totp.open')}</a></p>
  <svg class="qr" viewBox="-4 -4 ${qr.size + 8} ${qr.size + 8}" role="img" aria-label=${say('totp.picture')} shape-rendering="crispEdges">
    <path d=${qr.path} />
  </svg>
  <p class="quiet">${say('totp.key')} <code class="totp-secret" data-testid="totp-secret">${secret.replace(/(.{4})(?=.)/gu, '$1 ')}</code></p>
`;

export const codeField = (label: string) => html`
  <label class="field">
    <span>${label}</span>
    <input class="input" name="code" data-testid="totp-code" required autofocus autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="40">
  </label>
`;

export const recoveryList = (codes: readonly string[]) => html`
  <p>${say('recovery')}</p>
  <ul class="recovery" data-testid="recovery-codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
`;
