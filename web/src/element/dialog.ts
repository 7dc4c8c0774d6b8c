// The window itself: a dialog. The messages, the field to write in, and what follows a chat fill their places themselves; what
// changes with the window's state is here.

import { html } from 'lit/html.js';
import { icon, off } from './glyphs';
import { consentBox, formField } from './pre-chat';
import type { Gestures, Shown, Stage } from './shown';
import type { Texts } from './texts';

/** A text with a direction of its own; '' for none. */
const bdi = (text: string) => (text ? html`<bdi>${text}</bdi>` : '');

export const dialog = (shown: Shown, texts: Texts, gestures: Gestures) => {
  const earlier = (stage: Stage) =>
    shown.past && shown.stage === stage
      ? html`<button class="button" type="button" data-testid="chat-earlier" @click=${gestures.earlier}>${texts.say('earlier')}</button>`
      : '';
  return html`
  <dialog id="chat" class=${shown.still ? 'chat still' : 'chat'} part="window" aria-labelledby="chat-title" aria-describedby="chat-state"
    @keydown=${gestures.key} @cancel=${(event: Event) => event.preventDefault()}>
    <div class="chat-head" part="header">
      ${shown.faces.length > 0 ? html`<div class="faces">${shown.faces}</div>` : ''}
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
    <div id="chat-announced" class="visually-hidden" aria-live="polite" aria-relevant="additions"></div>
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
      ${earlier('form')}
    </form>
    <div class="chat-talk" ?hidden=${shown.stage !== 'earlier'}>
      <div class="chat-acts back"><button id="chat-back" class="button" type="button" data-testid="chat-back" @click=${gestures.back}>${texts.say('earlier.back')}
        ${shown.unread > 0 ? html`<span class="unread">${texts.say('unread', { n: shown.unread })}</span>` : ''}</button></div>
      <div id="chat-past" role="region" aria-label=${texts.say('earlier')} tabindex="0"></div>
    </div>
    <div id="chat-talk" class="chat-talk" ?hidden=${shown.stage !== 'talk' && shown.stage !== 'ended'}>
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
        <button class="button plain icon switch" type="button" data-testid="chat-earlier-open" aria-label=${texts.say('earlier')}
          title=${texts.say('earlier')} ?hidden=${!shown.past || shown.stage !== 'talk'} @click=${gestures.earlier}>${icon('past')}</button>
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
          ${earlier('ended')}
          <button id="chat-again" class="button primary" part="button" type="button" data-testid="chat-again" @click=${gestures.again}>${texts.say('again')}</button>
        </div>
      </div>
    </div>
  </dialog>
`;
};
