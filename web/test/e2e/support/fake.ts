// The testkit's fake server in a page of ours: it has the address of the real one, which serves the files.
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import esbuild from 'esbuild';
import type { FakeServer, FakeServerOptions } from '../../../testkit.d.ts';

declare global {
  interface Window {
    fake: FakeServer;
  }
}

const entry = fileURLToPath(new URL('../../../src/testkit/index.ts', import.meta.url));
let code: Promise<string> | undefined;

async function bundled(): Promise<string> {
  const options = { bundle: true, format: 'iife', globalName: 'testkit', target: 'es2022', write: false } as const;
  const { outputFiles } = await esbuild.build({ entryPoints: [entry], ...options });
  return outputFiles[0]!.text;
}

/** From now on each document of the page has a fake server, as window.fake. */
export async function fakeIn(page: Page, options: Omit<FakeServerOptions, 'files' | 'from'>): Promise<void> {
  const script = await (code ??= bundled());
  // Firefox runs it in the empty document that comes before the page, too.
  await page.addInitScript(
    `${script}; if (location.origin.startsWith('http')) window.fake = testkit.fakeServer({ url: location.origin, ...${JSON.stringify(options)} });`,
  );
}
