// The package in other people's builds: the tarball is installed in a fresh project, which is built and served, and a whole
// conversation is held in it, in production and in development.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../e2e/support/fixtures.ts';
import { Project, pack } from './project.ts';
import { type Spec, specs } from './projects.ts';
import { converse } from './talk.ts';

let packed: Awaited<ReturnType<typeof pack>>;
test.beforeAll(async () => {
  packed = await pack();
});
test.afterAll(() => packed.remove());

for (const spec of specs) {
  test(spec.name, { tag: spec.quick ? ['@quick'] : [] }, async ({ newContext, server, wire, guard }) => {
    test.setTimeout(12 * 60_000);
    guard.allow(/favicon\.ico/, ...(spec.noise ? [spec.noise] : []));
    const agent = await wire.agent('agent1');
    const query = spec.files.includes('served') ? '' : `?${new URLSearchParams({ server: server.url })}`;
    const project = await test.step('install', () => Project.make(spec, packed.tarball, server.url));
    try {
      for (const mode of ['production', 'development'] as const) {
        if (mode === 'development' && !spec.dev) continue;
        await test.step(mode, async () => {
          const url = await project[mode]();
          const context = await newContext();
          const page = await context.newPage();
          const core = await converse(page, url + query, agent);
          if (spec.files.includes('vite')) await inVite(page, project, mode);
          await context.close();
          const own = spec.core?.[mode === 'production' ? 'build' : 'dev'] !== 'server';
          expect(core.startsWith(own ? url : server.url), `the core came from ${core}`).toBe(true);
          await withoutPage(spec, url);
        });
      }
    } finally {
      await project.remove();
    }
  });
}

// A Worker of the page's build has the package too; a module that is replaced while the page lives has the same chat.
async function inVite(page: Page, { folder }: Project, mode: string): Promise<void> {
  expect(await page.evaluate('inWorker()')).toMatch(/^500 ICF\.init needs a page, and this is a Worker/);
  if (mode === 'production') return;
  await appendFile(join(folder, 'main.js'), '// changed');
  await page.waitForFunction('copies.length === 2');
  expect(await page.evaluate('[copies[0] === copies[1], copies[1].isInit]')).toEqual([true, true]);
}

async function withoutPage({ without = [] }: Spec, url: string): Promise<void> {
  for (const path of without) {
    const answer = await fetch(new URL(path, url));
    expect(await answer.text(), path).toMatch(/^500 ICF\.init needs a page/);
  }
}
