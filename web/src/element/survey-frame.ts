// The survey after a chat: a page in a frame, which posts a message when it is answered.

import { element } from '../ui/element';
import type { Texts } from './texts';

const answer = 'inbenta.survey.successful_answer';

/**
 * Shows it in its place, and thanks there once it is answered. Only an address by http or https is shown, and only its fragment counts: the
 * survey's page is beside the API, which the server may not know the path of where a proxy serves it.
 */
export function showSurvey(place: HTMLElement, url: string, api: string, texts: Texts): void {
  const given = new URL(url, location.href);
  if (given.protocol !== 'https:' && given.protocol !== 'http:') return;
  const { origin, href } = new URL(`survey/?lang=${encodeURIComponent(texts.tag)}${given.hash}`, api);
  const title = () => texts.say('survey');
  const frame = element('iframe', { src: href, title, class: 'survey-frame', 'data-testid': 'chat-survey' }) as HTMLIFrameElement;
  const done = new AbortController();
  const listen = ({ source, origin: from, data }: MessageEvent) => {
    if (!frame.isConnected) return done.abort();
    if (source !== frame.contentWindow || from !== origin || data?.message !== answer) return;
    done.abort();
    thank(place, texts);
  };
  addEventListener('message', listen, { signal: done.signal });
  place.replaceChildren(frame);
}

/** Replaces the frame, and keeps the focus that was in it. */
function thank(place: HTMLElement, texts: Texts): void {
  const thanks = element('p', { class: 'thanks', tabindex: '-1', 'data-testid': 'chat-thanks' }, () => texts.say('thanks'));
  const before = [...place.children];
  place.append(thanks);
  thanks.focus(); // while the frame is there: with it Firefox takes away the focus of the whole window
  for (const child of before) child.remove();
}
