// What the page can tell of itself: network, visibility, going away.

import type { PageEvent } from '../shared/abi';
import { PAGE } from './exports';

/** Tells of the page's events until the returned function is called. */
export function watchPage(tell: (kind: PageEvent) => void): () => void {
  const visibility = () => tell(document.visibilityState === 'visible' ? PAGE.visible : PAGE.hidden);
  const listeners: [EventTarget, string, () => void][] = [
    [window, 'online', () => tell(PAGE.online)],
    [window, 'offline', () => tell(PAGE.offline)],
    // A page that comes back from the browser's cache was frozen meanwhile.
    [window, 'pageshow', visibility],
    [window, 'pagehide', () => tell(PAGE.hidden)],
    [document, 'visibilitychange', visibility],
  ];
  for (const [target, event, listener] of listeners) target.addEventListener(event, listener);
  return () => {
    for (const [target, event, listener] of listeners) target.removeEventListener(event, listener);
  };
}
