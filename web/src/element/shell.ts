// What the element consists of: the button that opens the window, what invites the visitor to it, and the window once it is made.

import { html } from 'lit/html.js';
import { dialog } from './dialog';
import { icon } from './glyphs';
import type { Gestures, Shown } from './shown';
import type { Texts } from './texts';

export const shell = (shown: Shown, texts: Texts, gestures: Gestures) => html`
  <div class="theme" dir=${texts.rightToLeft ? 'rtl' : 'ltr'} lang=${texts.locale ?? ''}>
    <button id="chat-open" class="launcher" part="launcher" type="button" data-testid="chat-open" aria-haspopup="dialog" ?hidden=${shown.open}
      @pointerenter=${gestures.near} @focus=${gestures.near} @click=${gestures.open}>
      ${icon('chat')} ${texts.say('launcher')} <span id="chat-unread" class="unread" part="badge" role="status" hidden></span>
    </button>
    <div class=${shown.teaser ? 'teaser' : 'teaser none'} part="teaser" @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && gestures.dismiss()}>
      <p role="status">${
        shown.teaser
          ? html`<button class="tease" type="button" dir="auto" data-testid="chat-teaser" @click=${gestures.open}>${shown.teaser}</button>`
          : ''
      }</p>
      ${
        shown.teaser
          ? html`<button class="button plain icon" type="button" data-testid="chat-teaser-close" aria-label=${texts.say('picture.close')}
              @click=${gestures.dismiss}>${icon('close')}</button>`
          : ''
      }
    </div>
    ${shown.made ? dialog(shown, texts, gestures) : ''}
  </div>
`;
