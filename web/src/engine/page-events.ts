// What the core must know of the page: network, visibility, its end.

import type { PageEvent } from '../shared/abi';
import { PAGE } from './exports';

/** Reports the page's events until the returned function is called. */
export function watchPage(report: (kind: PageEvent) => void): () => void {
  const visibility = () => report(document.visibilityState === 'visible' ? PAGE.visible : PAGE.hidden);
  const listeners: [EventTarget, string, () => void][] = [
    [window, 'online', () => report(PAGE.online)],
    [window, 'offline', () => report(PAGE.offline)],
    // A page from the back/forward cache was frozen meanwhile.
    [window, 'pageshow', visibility],
    [window, 'pagehide', () => report(PAGE.hidden)],
    [document, 'visibilitychange', visibility],
  ];
  for (const [target, event, listener] of listeners) target.addEventListener(event, listener);
  return () => {
    for (const [target, event, listener] of listeners) target.removeEventListener(event, listener);
  };
}
