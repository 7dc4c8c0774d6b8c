// One core for each page: scripts and packages, of whatever version, all give the first
// one's `ICF`, since its chats are live.

import type * as Public from '../../index';
import { write } from '../shared/logger';

const key = Symbol.for('parley.icf');

const page = globalThis as { [key]?: Public.Icf };

/** The `ICF` of this page, if it has one. */
export const registered = (): Public.Icf | undefined => page[key];

/** The `ICF` of this page; the first call makes it. */
export function only(make: () => Public.Icf): Public.Icf {
  const first = page[key];
  if (first && first.Parley.version !== PARLEY_VERSION) {
    write('warn', `Parley ${first.Parley.version} is already on this page; ${PARLEY_VERSION} is not used`);
  }
  return (page[key] ??= make());
}
