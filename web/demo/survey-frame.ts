// The survey after a chat: a page of its own in a frame, which tells when it was answered.

import { element } from '../src/ui/element';

const answer = 'inbenta.survey.successful_answer';

/** Makes the frame; `answered` is called once. Undefined if the address is none of the web. */
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
