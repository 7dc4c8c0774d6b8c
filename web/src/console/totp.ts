// What the log-in and the account dialog show of an authenticator app: its key to scan, a field for its code, and recovery codes.

import { html } from 'lit';
import type { TotpKey } from './model/account';

export const totpKey = ({ secret, url, qr }: TotpKey) => html`
  <p>Scan this with an authenticator app, or <a class="totp-link" href=${url}>open it on this device</a>.</p>
  <svg class="qr" viewBox="-4 -4 ${qr.size + 8} ${qr.size + 8}" role="img" aria-label="QR code of the key below" shape-rendering="crispEdges">
    <path d=${qr.path} />
  </svg>
  <p class="quiet">Key to type: <code class="totp-secret" data-testid="totp-secret">${secret.replace(/(.{4})(?=.)/gu, '$1 ')}</code></p>
`;

export const codeField = (label: string) => html`
  <label class="field">
    <span>${label}</span>
    <input class="input" name="code" data-testid="totp-code" required autofocus autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="40">
  </label>
`;

export const recoveryList = (codes: readonly string[]) => html`
  <p>Keep these recovery codes in a safe place. Each stands for one code when you do not have your phone. They are not shown again.</p>
  <ul class="recovery" data-testid="recovery-codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
`;
