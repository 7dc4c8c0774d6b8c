// Fails a test when a page reports an error that the test did not expect.
import type { BrowserContext } from '@playwright/test';

export class Guard {
  private allowed: RegExp[] = [];
  private found: string[] = [];

  /** Errors that match are expected from now on, until the test ends. */
  allow(...patterns: RegExp[]): void {
    this.allowed.push(...patterns);
  }

  /** Watches every page and worker of a context. */
  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error') this.found.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.found.push(`page: ${error.error().stack ?? error.error().message}`));
  }

  /** The errors so far that no pattern allows. */
  get unexpected(): string[] {
    return this.found
      .filter((text) => !byTheWay.test(text))
      .map(withChromiums)
      .filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
  }
}

/** What Chromium says while a server is down or a connection is cut. */
export const connectionErrors =
  /net::ERR_(CONNECTION_|EMPTY_RESPONSE|INTERNET_DISCONNECTED|SOCKET_NOT_CONNECTED)|WebSocket connection to .* failed|410 \(Gone\) \(\S*\/v1\/socket\)/;

/**
 * What Firefox and WebKit say where Chromium says nothing: of a page that is left, of the icon that they ask for by
 * themselves, and of the cookie that is tried before the partitioned one in a frame of another site.
 */
export const byTheWay =
  /Refused to load \S+\/favicon\.ico|The connection to wss?:\S+ was interrupted while the page was loading|Content-Security-Policy: .*\/favicon\.ico|Cookie “i\.cc” has been rejected because it is in a cross-site context/;

/** What Firefox says, and the others do not, when a page ends a WebSocket that is not open yet. */
export const endedEarly = /Firefox can’t establish a connection/;

// What Firefox and WebKit say, and what Chromium says then: tests allow errors in Chromium's words.
const inChromium: [RegExp, string][] = [
  [/Firefox can’t establish a connection/, 'WebSocket connection to it failed'],
  [/CORS request did not succeed|Could not connect to|The network connection was lost/, 'net::ERR_CONNECTION_REFUSED'],
  [/due to access control checks/, 'net::ERR_CONNECTION_REFUSED'], // what WebKit says of each request to elsewhere that failed
  [/restricted network port/, 'net::ERR_UNSAFE_PORT'],
  [
    /Cross-Origin Request Blocked|Access-Control-Allow-(Origin|Headers)|access control checks|Cross-Origin Resource Sharing policy/,
    'blocked by CORS policy, net::ERR_FAILED',
  ],
  [/None of the “sha384” hashes|integrity metadata check/, "Failed to find a valid digest in the 'integrity' attribute"],
  [/Refused to execute a script for an inline event handler/, 'inline event handler violates'],
  [/Content-Security-Policy/, 'Content Security Policy'],
];

const withChromiums = (text: string) => [text, ...inChromium.filter(([theirs]) => theirs.test(text)).map(([, words]) => words)].join('; ');
