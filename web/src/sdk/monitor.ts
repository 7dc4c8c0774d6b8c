// Watches what a user types and tells the chat: writing, stopped, not writing.

import * as args from '../shared/args';
import { report } from '../shared/errors';

/** What is watched of a chat. */
interface Watched {
  closed?: boolean;
  sendUserActivity?(type: string): Promise<unknown>;
}

// Of what a browser's timer can do; a poll every millisecond would be one no longer.
const shortest = 10;
const longest = 2 ** 31 - 1;

const watches = new Map<Element, () => void>();

/** Ends all watching. */
export function stopMonitors(): void {
  for (const stop of watches.values()) stop();
}

/**
 * Looks at a text input every `interval` ms. It ends when the chat is closed,
 * when `over` says so, when the input has left the page, and when the input is
 * watched anew. Without a chat there is nothing to tell.
 */
export function monitor(input: Element, chat: Watched | null | undefined, interval: unknown, most: unknown, over: () => boolean): void {
  watches.get(input)?.();
  if (typeof chat?.sendUserActivity !== 'function') return;
  if (input?.nodeType !== 1) throw args.wrong('inputElement', 'an element', input);
  const delay = Math.min(Math.max(args.optPositive('intervalTime', interval) ?? 200, shortest), longest);
  const unchangedAtMost = args.optCount('noChangeMax', most) ?? 10;
  const text = () => (input as HTMLInputElement).value ?? input.textContent ?? '';

  let last = text();
  let told = '';
  let unchanged = 0;
  let seen = false;
  const tell = (type: string) => {
    if (type === told) return;
    told = type;
    // Nobody waits for it, and the next change is told anew.
    (async () => chat.sendUserActivity!(type))().catch(() => {});
  };
  const look = () => {
    const now = text();
    const gone = seen && !input.isConnected;
    seen ||= input.isConnected;
    if (chat.closed || gone || over()) {
      stop();
      if (gone && told === 'writing') tell('not-writing');
    } else if (now !== last) {
      last = now;
      unchanged = 0;
      tell(now ? 'writing' : 'not-writing');
    } else if (told === 'writing' && ++unchanged >= unchangedAtMost) {
      tell('stop-writing');
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
