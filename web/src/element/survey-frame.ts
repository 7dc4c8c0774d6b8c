// The survey after a chat: a page in a frame, which posts a message when it is answered.

import { element } from '../ui/element';

const answer = 'inbenta.survey.successful_answer';

/**
 * Makes the frame, in a language; `answered` is called once. Undefined unless the address is http or https. Only its fragment counts: the
 * survey's page is beside the API, which the server may not know the path of where a proxy serves it.
 */
export function surveyFrame(url: string, api: string, lang: string, title: () => string, answered: () => void): HTMLElement | undefined {
  const given = new URL(url, location.href);
  if (given.protocol !== 'https:' && given.protocol !== 'http:') return undefined;
  const { origin, href } = new URL(`survey/?lang=${encodeURIComponent(lang)}${given.hash}`, api);
  const frame = element('iframe', { src: href, title, class: 'survey-frame', 'data-testid': 'chat-survey' }) as HTMLIFrameElement;
  const done = new AbortController();
  const listen = ({ source, origin: from, data }: MessageEvent) => {
    if (!frame.isConnected) return done.abort();
    if (source !== frame.contentWindow || from !== origin || data?.message !== answer) return;
    done.abort();
    answered();
  };
  addEventListener('message', listen, { signal: done.signal });
  return frame;
}
