// Watches a text input and reports to the chat: writing, stop-writing, not-writing.

import * as args from '../shared/args';
import { report } from '../shared/errors';

/** What this needs of a chat. */
interface Watched {
  closed?: boolean;
  sendUserActivity?(type: string): Promise<unknown>;
}

// In milliseconds. A shorter interval would load the page; a longer one is beyond a browser's timers.
const shortest = 10;
const longest = 2 ** 31 - 1;

const watches = new Map<Element, () => void>();

/** Stops all monitors. */
export function stopMonitors(): void {
  for (const stop of watches.values()) stop();
}

/**
 * Looks at a text input every `interval` ms, until the chat is closed, `over` gives
 * true, the input has left the page, or it is monitored again. Without a chat it does
 * nothing.
 */
export function monitor(input: Element, chat: Watched | null | undefined, interval: unknown, most: unknown, over: () => boolean): void {
  watches.get(input)?.();
  if (typeof chat?.sendUserActivity !== 'function') return;
  if (input?.nodeType !== 1) throw args.wrong('inputElement', 'an element', input);
  const delay = Math.min(Math.max(args.optPositive('intervalTime', interval) ?? 200, shortest), longest);
  const unchangedAtMost = args.optCount('noChangeMax', most) ?? 10;
  const text = () => (input as HTMLInputElement).value ?? input.textContent ?? '';

  let last = text();
  let reported = '';
  let unchanged = 0;
  let seen = false;
  const send = (type: string) => {
    if (type === reported) return;
    reported = type;
    // Nobody waits for it, and the next change reports again.
    (async () => chat.sendUserActivity!(type))().catch(() => {});
  };
  const look = () => {
    const now = text();
    const gone = seen && !input.isConnected;
    seen ||= input.isConnected;
    if (chat.closed || gone || over()) {
      stop();
      if (gone && reported === 'writing') send('not-writing');
    } else if (now !== last) {
      last = now;
      unchanged = 0;
      send(now ? 'writing' : 'not-writing');
    } else if (reported === 'writing' && ++unchanged >= unchangedAtMost) {
      send('stop-writing');
    }
  };
  const stop = () => {
    clearInterval(timer);
    watches.delete(input);
  };
  const timer = setInterval(() => {
    try {
      look();
    } catch (thrown) {
      stop();
      report(thrown);
    }
  }, delay);
  watches.set(input, stop);
}
