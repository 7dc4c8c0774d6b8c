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
    return this.found.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
  }
}

/** What browsers say while a server is down or a connection is cut: Chromium, Firefox, WebKit. */
export const connectionErrors = new RegExp(
  [
    /net::ERR_(CONNECTION_|EMPTY_RESPONSE|INTERNET_DISCONNECTED|SOCKET_NOT_CONNECTED)|WebSocket connection to .* failed/,
    /The connection to wss?:\S+ was interrupted|Firefox can’t establish a connection|CORS request did not succeed/,
    /(Could not connect to|The network connection was lost|Connection terminated unexpectedly|access control checks)/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
