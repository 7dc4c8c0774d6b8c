// Installs what the tests need and this machine lacks; if that fails, says why and fails:
// tests are never skipped. Arguments name other browser engines that are needed too: firefox, webkit.
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';
import { installEngine } from './engines/find.mjs';
import { asRoot, installPackages, run, which } from './system.mjs';

const web = fileURLToPath(new URL('..', import.meta.url));

try {
  compiler();
  chromium();
  shell();
  for (const name of process.argv.slice(2)) installEngine(name);
} catch (error) {
  console.error(`set-up: ${error.message}`);
  process.exit(1);
}

// Go's race detector needs a C compiler.
function compiler() {
  const present = () => [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean).some((name) => which(name.split(' ')[0]));
  if (present()) return;
  const why = installPackages({
    'apt-get': ['gcc', 'libc6-dev'],
    dnf: ['gcc', 'glibc-devel'],
    apk: ['gcc', 'musl-dev'],
  });
  if (!present()) throw new Error(`the race detector needs a C compiler, and none could be installed: ${why}`);
}

// Where it cannot be had, the whole browser takes its place.
function shell() {
  const names = ['chromium-headless-shell'];
  if (process.env.CHROME || process.env.CHROMIUM_PATH || which(names[0])) return;
  const why = installPackages({ 'apt-get': names, dnf: ['chromium-headless'] });
  if (!which(names[0])) console.log(`set-up: no chromium-headless-shell, so the browser tests take longer${why && `: ${why}`}`);
}

function chromium() {
  const tried = [];
  if (findChromium(tried)) return;
  if (!process.env.CHROME && !process.env.CHROMIUM_PATH) {
    tried.push(installPackages({ 'apt-get': ['chromium'], dnf: ['chromium'], apk: ['chromium'], brew: ['chromium'] }));
    if (findChromium(tried)) return;
    // As root, Playwright can also install the system libraries that its browser needs.
    for (const libraries of asRoot() ? [['--with-deps'], []] : [[]]) {
      const args = ['playwright', 'install', ...libraries, 'chromium'];
      console.log(`set-up: npx ${args.join(' ')}`);
      const { ok, output } = run('npx', args, { cwd: web, timeout: 10 * 60_000 });
      tried.push(ok ? '' : `npx ${args.join(' ')}: ${output.split('\n').slice(-3).join(' | ')}`);
      if (findChromium(tried)) return;
    }
  }
  throw new Error(
    [
      'no Chromium that starts, which the browser tests need. Install one, or set CHROME to its path.',
      ...new Set(tried.filter(Boolean)),
    ].join('\n  '),
  );
}
