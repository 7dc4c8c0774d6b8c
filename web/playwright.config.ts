// End-to-end tests: the real server, the real SDK, real browsers.
import { fileURLToPath } from 'node:url';
import { defineConfig, devices, type PlaywrightTestOptions, type PlaywrightWorkerOptions, type Project } from '@playwright/test';
import { flags, requireChromium, requireShell, sandbox } from './test/chromium.mjs';

const launch = (executablePath: string) => ({
  executablePath,
  args: flags,
  chromiumSandbox: sandbox,
  // As people start it: with the back/forward cache.
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
});
const whole = { ...devices['Desktop Chrome'], launchOptions: launch(requireChromium()) };
const shell = { ...devices['Desktop Chrome'], launchOptions: launch(requireShell()) };
// What only the whole browser has: its back/forward cache, pages that are frozen, words for a download that a sandbox refuses.
const ofTheWhole = /(page-cache|page-life|prerender|security-headers)\.spec/;
// What must be the same wherever the core runs. A test with the tag @page looks at the page's own socket or code.
const inWorkerToo =
  /(conformance\/.*|outbox|restore|history|connection|conversation|media|helper|recover|debug|errors|destroy|worker|one-socket)\.spec/;

// An option of the fixtures.
type Own = { inWorker: boolean };

export default defineConfig<Own>({
  outputDir: 'test-results',
  globalSetup: './test/e2e/support/build.ts',
  fullyParallel: false,
  workers: 3, // on two cores: a test waits about half of its time
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  globalTimeout: 40 * 60_000, // for a run that hangs; a slow machine takes half of it
  reporter: 'dot',
  use: {
    // A trace takes a sixth of each test's time; ask for one with --trace retain-on-failure.
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  projects: [
    // Tests of one file run side by side too, so that no worker is left with the longest file.
    { name: 'chromium', testDir: 'test/e2e', testIgnore: ofTheWhole, fullyParallel: true, use: shell },
    { name: 'chromium-whole', testDir: 'test/e2e', testMatch: ofTheWhole, fullyParallel: true, use: whole },
    // The documented interface, with the core in a Worker.
    {
      name: 'worker',
      testDir: 'test/e2e',
      testMatch: inWorkerToo,
      grepInvert: /@page/,
      fullyParallel: true,
      use: { ...shell, inWorker: true },
    },
    // Pages that are kept in the back/forward cache, frozen or killed, with the core in a Worker.
    {
      name: 'worker-whole',
      testDir: 'test/e2e',
      testMatch: /page-(cache|life)\.spec/,
      grepInvert: /@page/,
      fullyParallel: true,
      use: { ...whole, inWorker: true },
    },
    // The testkit's sample for other people's tests.
    { name: 'samples', testDir: 'test/samples/playwright', use: shell },
    engine('firefox'),
    engine('webkit'),
    { name: 'packages', testDir: 'test/packages', use: shell },
    { name: 'figures', testDir: 'test/figures', use: whole },
    // What is measured in each engine.
    { ...engine('firefox'), name: 'figures-firefox', testDir: 'test/figures', testMatch: 'leaving.spec.ts' },
    { ...engine('webkit'), name: 'figures-webkit', testDir: 'test/figures', testMatch: 'leaving.spec.ts' },
  ],
});

// Another browser, which a program of ours makes a browser that Playwright knows how to drive by WebDriver BiDi.
function engine(name: 'firefox' | 'webkit'): Project<PlaywrightTestOptions & PlaywrightWorkerOptions & Own> {
  const executablePath = fileURLToPath(new URL(`test/engines/${name}.mjs`, import.meta.url));
  return {
    name,
    testDir: 'test/e2e',
    fullyParallel: true,
    timeout: 240_000, // axe goes over a page nine times in one test
    use: {
      browserName: 'firefox',
      channel: 'moz-firefox',
      launchOptions: {
        executablePath,
        firefoxUserPrefs: {
          'network.dns.localDomains': 'shop.test,www.shop.test',
          'browser.download.alwaysOpenPanel': false, // the panel takes the focus away from the page
          'accessibility.ARIAElementReflection.enabled': false, // the process of a page ends after axe has read such properties
        },
      },
    },
  };
}
