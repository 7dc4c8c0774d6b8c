// A Chromium that keeps the storage of frames apart by the site that shows them, as people's do. Playwright
// switches that off, so its switch is taken from the command line.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type LaunchOptions } from '@playwright/test';

/** Starts it. Each context is a private window. */
export async function partitioned(options: LaunchOptions): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-partitioned-'));
  const executablePath = join(folder, 'chromium');
  await writeFile(executablePath, `#!/bin/bash\nexec '${options.executablePath}' "\${@//ThirdPartyStoragePartitioning,/}"\n`);
  await chmod(executablePath, 0o755);
  const browser = await chromium.launch({ ...options, executablePath });
  browser.on('disconnected', () => void rm(folder, { recursive: true, force: true }));
  return browser;
}
