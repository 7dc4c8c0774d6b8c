// The survey after a chat: a page in a frame, which posts a message when it is answered.

import { element } from '../src/ui/element';

const answer = 'inbenta.survey.successful_answer';

/** Makes the frame; `answered` is called once. Undefined unless the address is http or https. */
export function surveyFrame(url: string, answered: () => void): HTMLElement | undefined {
  const given = new URL(url, location.href);
  if (given.protocol !== 'https:' && given.protocol !== 'http:') return undefined;
  // The survey's page is beside this one. The address is the server's, which may not know the path that a proxy serves it at.
  const { origin, href } = new URL(`../survey/${given.hash}`, location.href);
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
