// Finds the other browsers that the tests run in, and installs them where this user may. Nothing is downloaded but the
// system's own packages.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages, which } from '../system.mjs';

const debian = { firefox: ['firefox-esr'], webkit: ['webkit2gtk-driver', 'xvfb'] };
const fedora = { firefox: ['firefox'], webkit: ['webkit2gtk4.1', 'webkitgtk6.0', 'xorg-x11-server-Xvfb'] };

/** The Firefox to use: what FIREFOX names, else the first on PATH. Undefined when there is none. */
export const findFirefox = () => [process.env.FIREFOX, 'firefox-esr', 'firefox'].filter(Boolean).map(which).find(Boolean);

/** WebKitGTK's MiniBrowser, its driver and an X server. Undefined when one of them is missing. */
export function findWebKit() {
  const [browser, driver, display] = [
    process.env.MINIBROWSER ? which(process.env.MINIBROWSER) : miniBrowser(),
    which('WebKitWebDriver'),
    which('Xvfb'),
  ];
  return browser && driver && display ? { browser, driver } : undefined;
}

export function requireFirefox() {
  return findFirefox() ?? missing('Firefox', 'make test-firefox', 'FIREFOX');
}

export function requireWebKit() {
  return findWebKit() ?? missing('WebKitGTK with MiniBrowser, WebKitWebDriver and Xvfb', 'make test-webkit', 'MINIBROWSER');
}

/** Installs an engine's browser if it is missing; throws if that fails. */
export function installEngine(name) {
  const find = { firefox: findFirefox, webkit: findWebKit }[name];
  if (!find) throw new Error(`no browser engine is called ${name}: firefox and webkit are`);
  if (find()) return;
  const why = installPackages({ 'apt-get': debian[name], dnf: fedora[name] });
  if (!find())
    throw new Error(`the tests in ${name} need it, and it could not be installed: ${why || 'its package has not what is needed'}`);
}

// It is not on PATH: distributions keep it with the library, below the folder of their architecture.
function miniBrowser() {
  const libraries = ['/usr/lib', '/usr/libexec', '/usr/lib64'];
  const below = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu')) : [];
  return [...libraries, ...below.map((name) => join('/usr/lib', name))]
    .flatMap((folder) => ['webkit2gtk-4.1', 'webkitgtk-6.0'].map((version) => join(folder, version, 'MiniBrowser')))
    .find((path) => existsSync(path));
}

function missing(what, target, variable) {
  throw new Error(`found no ${what}; \`${target}\` installs it, or set ${variable} to its path`);
}
