// A Chromium as people start it. Playwright's own pins its pages: they count as seen, so that they
// cannot be frozen, and while it watches a page none is prerendered.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, expect } from '@playwright/test';
import { flags, requireChromium } from '../../chromium.mjs';

export class PlainChromium {
  private constructor(
    private readonly browser: ChildProcess,
    private readonly profile: string,
  ) {}

  /** Starts one, with a page of this address. */
  static start(address = 'about:blank'): PlainChromium {
    const profile = mkdtempSync(join(tmpdir(), 'parley-chromium-'));
    // Without the network of the background there are no predictions, and so no prerendering.
    const own = flags.filter((flag) => flag !== '--disable-background-networking');
    const browser = spawn(requireChromium()!, ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...own, address], {
      stdio: 'ignore',
      detached: true, // a process group of its own, so that all its processes end together
    });
    return new PlainChromium(browser, profile);
  }

  /** Its profile, under Playwright's control, but with nothing that Playwright sets by default. */
  async context(): Promise<BrowserContext> {
    const port = join(this.profile, 'DevToolsActivePort');
    await expect.poll(() => existsSync(port) && readFileSync(port, 'utf8').includes('\n'), { timeout: 30_000 }).toBe(true);
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${readFileSync(port, 'utf8').split('\n')[0]}`, { noDefaults: true });
    return browser.contexts()[0]!;
  }

  async stop(): Promise<void> {
    const ended = once(this.browser, 'exit');
    if (this.browser.exitCode === null) {
      process.kill(-this.browser.pid!, 'SIGKILL');
      await ended;
    }
    // What the others of its processes were writing may come while the folder is removed.
    await expect(() => rm(this.profile, { recursive: true, force: true })).toPass({ timeout: 10_000 });
  }
}
