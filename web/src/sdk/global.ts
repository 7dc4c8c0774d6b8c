// Puts the global `ICF` on a page. Any other `ICF` than Parley's is replaced.

import type * as Public from '../../index';
import { report } from '../shared/errors';

// Looked up as a bare name, because a top-level `const` of a classic script is no
// property of the window. Before that script has run, the name throws.
declare const icfAsyncInit: unknown;
function pageInit(): (() => void) | undefined {
  try {
    return typeof icfAsyncInit === 'function' ? (icfAsyncInit as () => void) : undefined;
  } catch {
    return undefined;
  }
}

// Where the `icfAsyncInit` that has been called is noted, for all copies of the script.
const called = Symbol.for('parley.icfAsyncInit');

/** Makes `icf` the global, and calls the page's `icfAsyncInit`, each function once. */
export function publish(icf: Public.Icf & { [called]?: unknown }): void {
  window.ICF = icf;
  const callback = pageInit();
  if (!callback || icf[called] === callback) return;
  Object.defineProperty(icf, called, { value: callback, configurable: true });
  try {
    callback();
  } catch (thrown) {
    report(thrown);
  }
}
