// What the window consists of. The messages, the field to write in, and what follows a chat fill their places themselves; what
// changes with the window's state is here.

import { html, svg } from 'lit/html.js';
import type { FormField } from '../../element';
import { type Consent, consentBox, formField, type Problems } from './pre-chat';
import type { Texts } from './texts';
import type { Say } from './view';

export type Stage = 'form' | 'talk' | 'ended' | 'earlier';

/** What the window shows. */
export interface Shown {
  open: boolean;
  /** It is there from the first, and does not rise. */
  still: boolean;
  stage: Stage;
  /** The chat is being begun. */
  starting: boolean;
  heading: string;
  /** Invites the visitor beside the launcher; '' for nothing. */
  teaser: string;
  /** What the visitor is asked before a chat, and to what they must agree; once it is settled. */
  fields: readonly FormField[];
  consent: Consent | undefined;
  settled: boolean;
  /** There are earlier conversations. */
  past: boolean;
  problems: Problems;
  /** Says when it opens next, outside of the hours. */
  closed: Say | undefined;
  /** The line under the title. */
  state: Say;
  problem: Say;
  /** Asks whether to end the chat. */
  asking: boolean;
  /** Who is writing, if anybody is. */
  typing: Say | undefined;
  /** Offers another search for an agent. */
  alone: boolean;
  expiring: Say | undefined;
}

export const nothing: Say = () => '';

/** A window of which nothing is known yet. */
export const unshown = (): Shown => ({
  open: false,
  still: false,
  stage: 'form',
  starting: false,
  heading: '',
  fields: [],
  consent: undefined,
  settled: false,
  past: false,
  teaser: '',
  problems: new Map(),
  closed: undefined,
  state: nothing,
  problem: nothing,
  asking: false,
  typing: undefined,
  alone: false,
  expiring: undefined,
});

/** What the visitor does with it. */
export interface Gestures {
  near(): void;
  open(): void;
  minimise(): void;
  /** The visitor does not want the invitation. */
  dismiss(): void;
  ask(asking: boolean): void;
  end(): void;
  start(event: Event): void;
  /** Something about a field has changed; '' is the consent. */
  answer(name: string): void;
  search(): void;
  here(): void;
  save(): void;
  again(): void;
  /** Earlier conversations; and back from them. */
  earlier(): void;
  back(): void;
  key(event: KeyboardEvent): void;
}

const paths = {
  chat: 'M4 5h16v11h-8l-5 4v-4H4z',
  down: 'M6 9l6 6 6-6',
  close: 'M6 6l12 12M18 6L6 18',
  note: 'M4 5h16v14H4zM8 10h8M8 14h5',
  bell: 'M6 16v-5a6 6 0 0112 0v5l2 2H4zM10 21h4',
  clip: 'M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.4 3.4 0 015 5l-8.5 8.5a1.7 1.7 0 01-2.5-2.5L14.5 7.5',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 100 7 3.5 3.5 0 000-7z',
  voice: 'M12 4a3 3 0 00-3 3v5a3 3 0 006 0V7a3 3 0 00-3-3zM6 11v1a6 6 0 0012 0v-1M12 18v3',
  send: 'M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4',
};

const icon = (name: keyof typeof paths, more: unknown = '') =>
  html`<svg class="icon-shape" viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]}></path>${more}</svg>`;

/** A text with a direction of its own; '' for none. */
const bdi = (text: string) => (text ? html`<bdi>${text}</bdi>` : '');

const off = svg`<path class="off" d="M4 4l16 16"></path>`;

/** The launcher and the window, both there all the time. */
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
    <dialog id="chat" class=${shown.still ? 'chat still' : 'chat'} part="window" aria-labelledby="chat-title" aria-describedby="chat-state"
      @keydown=${gestures.key} @cancel=${(event: Event) => event.preventDefault()}>
      <div class="chat-head" part="header">
        <div class="chat-titles">
          <h2 id="chat-title" part="title"><bdi>${shown.heading || texts.say('heading')}</bdi></h2>
          <p id="chat-state" part="state" role="status" data-testid="chat-state"><bdi>${shown.state()}</bdi></p>
        </div>
        <button id="chat-close" class="button plain" type="button" part="end" data-testid="chat-close" ?hidden=${shown.stage !== 'talk'}
          @click=${() => gestures.ask(true)}>${texts.say('end')}</button>
        <button id="chat-minimise" class="button plain icon" type="button" part="minimise" data-testid="chat-minimise" aria-label=${texts.say('minimise')}
          @click=${gestures.minimise}>${icon('down')}</button>
      </div>
      <div class="confirm" role="group" aria-label=${texts.say('end.ask')} ?hidden=${!shown.asking}>
        <p>${texts.say('end.ask')}</p>
        <div class="confirm-acts">
          <button id="chat-close-cancel" class="button" type="button" data-testid="chat-close-cancel" @click=${() => gestures.ask(false)}>${texts.say('end.keep')}</button>
          <button class="button danger" type="button" data-testid="chat-close-confirm" @click=${gestures.end}>${texts.say('end')}</button>
        </div>
      </div>
      <p class="error problem" part="problem" role="alert" data-testid="chat-problem">${bdi(shown.problem())}</p>
      <form id="chat-form" class="chat-form" part="form" novalidate ?hidden=${shown.stage !== 'form'} @submit=${gestures.start}>
        <slot><p>${texts.say('welcome')}</p></slot>
        ${shown.closed ? html`<p class="closed" part="closed" data-testid="chat-closed"><bdi>${texts.say('closed.more', { time: shown.closed() })}</bdi></p>` : ''}
        ${
          shown.settled
            ? html`${shown.fields.map((field) => formField(field, shown.problems.get(field.name), texts, gestures.answer))}
              ${consentBox(shown.consent, shown.problems.get(''), texts, gestures.answer)}
              <button class="button primary" part="button" data-testid="chat-start" ?disabled=${shown.starting}>${texts.say('start')}</button>`
            : ''
        }
        ${
          shown.past
            ? html`<button class="button" type="button" data-testid="chat-earlier" @click=${gestures.earlier}>${texts.say('earlier')}</button>`
            : ''
        }
      </form>
      <div class="chat-talk" ?hidden=${shown.stage !== 'earlier'}>
        <div class="chat-acts back"><button id="chat-back" class="button" type="button" data-testid="chat-back" @click=${gestures.back}>${texts.say('earlier.back')}</button></div>
        <div id="chat-past" role="region" aria-label=${texts.say('earlier')} tabindex="0"></div>
      </div>
      <div id="chat-talk" class="chat-talk" ?hidden=${shown.stage !== 'talk' && shown.stage !== 'ended'}>
        <div id="chat-announced" class="visually-hidden" aria-live="polite" aria-relevant="additions"></div>
        <div id="chat-log" class=${shown.stage === 'ended' ? 'log ended' : 'log'} part="log" role="log" aria-live="off" aria-label=${texts.say('log')} tabindex="0"
          data-testid="chat-log"><div id="chat-lines" class="lines"></div></div>
        <div class="news-place"><button id="chat-news" class="news" part="news" type="button" data-testid="chat-news" hidden></button></div>
        <div class="chat-acts" ?hidden=${!shown.alone}>
          <button class="button" type="button" data-testid="chat-search" @click=${gestures.search}>${texts.say('search')}</button>
        </div>
        <div class="typing-line">
          <div class="typing" part="typing" data-testid="chat-typing" ?hidden=${!shown.typing}>
            <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span><bdi>${shown.typing && texts.say('typing', { name: shown.typing() })}</bdi>
          </div>
          <button id="chat-notify" class="button plain icon switch" type="button" role="switch" aria-checked="false" data-testid="chat-notify"
            aria-label=${texts.say('notify')} title=${texts.say('notify')} hidden>${icon('note', off)}</button>
          <button id="chat-sound" class="button plain icon switch" type="button" role="switch" aria-checked="false" data-testid="chat-sound"
            aria-label=${texts.say('sound')} title=${texts.say('sound')}>${icon('bell', off)}</button>
        </div>
        <div class="confirm expiring" role="alert" data-testid="chat-expiring" ?hidden=${!shown.expiring}>
          <p><bdi>${shown.expiring?.()}</bdi></p>
          <button class="button" type="button" data-testid="chat-here" @click=${gestures.here}>${texts.say('here')}</button>
        </div>
        <form id="chat-composer" class="composer" part="composer" ?hidden=${shown.stage !== 'talk'}>
          <div id="chat-recording" class="recording"></div>
          <p id="chat-left" class="left" data-testid="chat-left"></p>
          <input id="chat-file" class="visually-hidden" type="file" multiple tabindex="-1" aria-hidden="true" data-testid="chat-file">
          <button id="chat-attach" class="button plain icon" type="button" part="attach" data-testid="chat-attach" aria-label=${texts.say('attach')}
            title=${texts.say('attach')} hidden>${icon('clip')}</button>
          <input id="chat-camera-file" class="visually-hidden" type="file" accept="image/*" capture="environment" tabindex="-1" aria-hidden="true" data-testid="chat-camera-file">
          <button id="chat-camera" class="button plain icon camera" type="button" part="camera" data-testid="chat-camera" aria-label=${texts.say('camera')}
            title=${texts.say('camera')} hidden>${icon('camera')}</button>
          <button id="chat-voice" class="button plain icon" type="button" part="voice" data-testid="chat-voice" aria-label=${texts.say('voice')}
            title=${texts.say('voice')} hidden>${icon('voice')}</button>
          <textarea id="chat-input" class="input" part="input" rows="1" data-testid="chat-input" dir="auto" aria-label=${texts.say('input')}
            aria-describedby="chat-left" placeholder=${texts.say('placeholder')}></textarea>
          <button class="button primary icon send" part="send" data-testid="chat-send" aria-label=${texts.say('send')}>${icon('send')}</button>
        </form>
        <div class="over" part="over" ?hidden=${shown.stage !== 'ended'}>
          <div id="chat-survey-place" class="survey"></div>
          <p id="chat-ticket" role="status" data-testid="chat-ticket"></p>
          <div class="over-acts">
            <button class="button" type="button" data-testid="chat-save" @click=${gestures.save}>${texts.say('save')}</button>
            <button id="chat-again" class="button primary" part="button" type="button" data-testid="chat-again" @click=${gestures.again}>${texts.say('again')}</button>
          </div>
        </div>
      </div>
    </dialog>
  </div>
`;
