// End-to-end tests: the real server, the real SDK, a real Chromium.
import { defineConfig, devices } from '@playwright/test';
import { flags, requireChromium, sandbox } from './test/chromium.mjs';

export default defineConfig({
  outputDir: 'test-results',
  globalSetup: './test/e2e/support/build.ts',
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  globalTimeout: 15 * 60_000,
  reporter: 'dot',
  use: {
    // A trace takes a sixth of each test's time; ask for one with --trace retain-on-failure.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: requireChromium(), args: flags, chromiumSandbox: sandbox },
  },
  projects: [
    // Tests of one file run side by side too, so that no worker is left with the longest file.
    { name: 'chromium', testDir: 'test/e2e', fullyParallel: true, use: { ...devices['Desktop Chrome'] } },
    { name: 'figures', testDir: 'test/figures', use: { ...devices['Desktop Chrome'] } },
  ],
});
