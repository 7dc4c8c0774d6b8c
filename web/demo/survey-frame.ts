// The survey after a chat: a page in a frame, which posts a message when it is answered.

import { element } from '../src/ui/element';

const answer = 'inbenta.survey.successful_answer';

/** Makes the frame; `answered` is called once. Undefined unless the address is http or https. */
export function surveyFrame(url: string, answered: () => void): HTMLElement | undefined {
  const { origin, protocol, href } = new URL(url, location.href);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  const frame = element('iframe', { src: href, title: 'Survey', class: 'survey-frame', 'data-testid': 'chat-survey' }) as HTMLIFrameElement;
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
