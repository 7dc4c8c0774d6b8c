// The session for the next page: in the documented cookie i.cc, in sessionStorage, or nowhere, as the page wants. Where the
// browser blocks storage, the session ends with the page.

import type { Session } from '../shared/abi';
import type { CoreOptions } from '../shared/contract';
import { reason } from '../shared/errors';
import { registrableDomain } from './cookie';
import { attempt } from './tabs';

// Pages read the cookie as the sign of an open chat.
const cookie = 'i.cc=';
const tabKey = 'parley.session';

// In a frame of another site, where browsers take only cookies that they keep apart for each site that shows the frame (CHIPS).
const inFrame = '; Path=/; SameSite=None; Secure; Partitioned';

export class SessionStore {
  private readonly mode: CoreOptions['session'];
  private readonly attributes: string;
  private refused = false;

  /** `problem` is called once: every further attempt fails for the same reason. */
  constructor(
    { session, cookieOnDomain }: CoreOptions,
    private readonly problem: (message: string) => void,
  ) {
    this.mode = session;
    const domain = cookieOnDomain && registrableDomain();
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    this.attributes = `; Path=/; SameSite=Lax${domain ? `; Domain=${domain}` : ''}${secure}`;
  }

  /** Gives the stored session. Nothing stored gives null; text that is no session gives an empty one, which the core deletes. */
  load(): Session | null {
    const text = this.read();
    if (!text) return null;
    const none = { appId: '', id: '', token: '' };
    const { appId, id, token } = attempt(() => JSON.parse(text)) ?? none;
    return [appId, id, token].every((value) => typeof value === 'string') ? { appId, id, token } : none;
  }

  save({ appId, id, token }: Session): void {
    const text = JSON.stringify({ appId, id, token });
    this.attempt('the session cannot be stored for the next page', () => {
      if (this.mode === 'tab') return sessionStorage.setItem(tabKey, text);
      const pair = cookie + encodeURIComponent(text);
      document.cookie = pair + this.attributes;
      if (!this.read()) document.cookie = pair + inFrame; // a blocked cookie causes no error
      if (!this.read()) throw new Error('the browser blocks cookies on this page');
    });
  }

  /** Deletes the session, unless another page has stored another one. */
  clear({ token }: Session): void {
    const stored = this.load()?.token;
    if (stored && token && stored !== token) return;
    this.attempt("the session cannot be removed from the browser's storage", () => {
      if (this.mode === 'tab') return sessionStorage.removeItem(tabKey);
      const gone = `${cookie}; Max-Age=0`;
      document.cookie = `${gone}; Path=/`;
      // An earlier page may have set it for a domain above, but for no address and no top level: browsers report such cookies on
      // the console.
      const names = /^[\d.]+$/.test(location.hostname) ? [] : location.hostname.split('.');
      for (; names.length > 1 && this.read(); names.shift()) document.cookie = `${gone}; Path=/; Domain=${names.join('.')}`;
      if (this.read()) document.cookie = gone + inFrame;
    });
  }

  private read(): string {
    try {
      if (this.mode === 'none') return '';
      if (this.mode === 'tab') return sessionStorage.getItem(tabKey) ?? '';
      const pair = document.cookie.split(/; */).find((pair) => pair.startsWith(cookie));
      return decodeURIComponent(pair?.slice(cookie.length) ?? '');
    } catch (thrown) {
      return thrown instanceof URIError ? 'unreadable' : '';
    }
  }

  private attempt(what: string, change: () => void): void {
    try {
      if (this.mode !== 'none') change();
    } catch (thrown) {
      if (!this.refused) this.problem(`${what}: ${reason(thrown)}`);
      this.refused = true;
    }
  }
}
