// What the core must know of the page: network, visibility, its end.

import type { PageEvent, PageEvents } from '../shared/abi';

/** What the page reports. */
export const PAGE: PageEvents = { online: 1, offline: 2, visible: 3, hidden: 4, left: 5, back: 6 };

/** Reports the page's events until the signal comes. */
export function watchPage(over: AbortSignal, report: (kind: PageEvent) => void): void {
  const visibility = () => report(document.visibilityState === 'visible' ? PAGE.visible : PAGE.hidden);
  const listeners: [EventTarget, string, (event: any) => void][] = [
    [window, 'online', () => report(PAGE.online)],
    [window, 'offline', () => report(PAGE.offline)],
    // The browser keeps a page in its back/forward cache, frozen, until the user comes back to it.
    [window, 'pageshow', ({ persisted }) => (persisted && report(PAGE.back), visibility())],
    [window, 'pagehide', ({ persisted }) => report(persisted ? PAGE.left : PAGE.hidden)],
    [document, 'visibilitychange', visibility],
  ];
  for (const [target, event, listener] of listeners) target.addEventListener(event, listener, { signal: over });
}
