// Finds the Chromium that browser tests use, and how to start it.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright } from '@playwright/test';
import { run, which } from './system.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const applications = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** Chromium has no sandbox for root. */
export const sandbox = process.getuid?.() !== 0;

/** Flags for a browser that stays quiet, on the network too; CHROMIUM_FLAGS adds to them. */
export const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  ...(sandbox ? [] : ['--no-sandbox']),
  ...(process.env.CHROMIUM_FLAGS ?? '').split(' ').filter(Boolean),
];

// Test workers inherit the answers, and need not look again.
const answer = 'PARLEY_TEST_CHROMIUM';
const shellAnswer = 'PARLEY_TEST_SHELL';

/**
 * The Chromium to use: the first that starts of the one that CHROME or
 * CHROMIUM_PATH names, those on PATH, the applications of macOS, Playwright's.
 * Undefined when there is none; `tried` then gets what is wrong with each.
 */
export function findChromium(tried = []) {
  process.env[answer] ||= candidates().find((path) => starts(path, tried)) ?? '';
  return process.env[answer] || undefined;
}

/** As findChromium, but throws if there is none. @returns {string} */
export function requireChromium() {
  const path = findChromium();
  if (!path) throw new Error('no Chromium that starts; `make test` installs one, or set CHROME to its path');
  return path;
}

/**
 * Chromium without its user interface: the same engine, where a new profile with a page takes a quarter of the time.
 * It has no back/forward cache. Without it, or if CHROME or CHROMIUM_PATH names a browser, the whole browser.
 * @returns {string}
 */
export function requireShell() {
  const path = process.env.CHROME || process.env.CHROMIUM_PATH ? undefined : which('chromium-headless-shell');
  process.env[shellAnswer] ||= path && starts(path, []) ? path : requireChromium();
  return process.env[shellAnswer];
}

function candidates() {
  const named = process.env.CHROME || process.env.CHROMIUM_PATH;
  if (named) {
    const path = which(named);
    if (!path) throw new Error(`CHROME or CHROMIUM_PATH names ${named}, which is not a program here`);
    return [path];
  }
  const found = [...names, ...applications].map(which);
  const downloaded = playwright.executablePath();
  if (downloaded && existsSync(downloaded)) found.push(downloaded);
  return found.filter(Boolean);
}

// Starts it once, headless and with the tests' flags, to skip a program that does not start
// (a stub that says what to install, missing libraries).
function starts(path, tried) {
  const profile = mkdtempSync(join(tmpdir(), 'parley-chromium-'));
  const { ok, output } = run(path, ['--headless', ...flags, `--user-data-dir=${profile}`, '--dump-dom', 'about:blank'], {
    timeout: 60_000,
  });
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  if (ok && output.includes('<html>')) return true;
  tried.push(`${path} does not start: ${output.split('\n').slice(-3).join(' | ')}`);
  if (/sandbox/i.test(output)) tried.push('where Chromium may not use its sandbox, set CHROMIUM_FLAGS=--no-sandbox');
  return false;
}
