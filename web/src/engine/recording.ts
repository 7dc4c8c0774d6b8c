// Begins a recording, by a file of its own that few pages load.

import type * as Public from '../../index';
import type { CoreFiles, RecordHost } from '../shared/contract';
import { attempt } from './tabs';

/** Whether a page is recorded from its beginning, by a switch in its address or in this browser's storage. */
export function recordsAtOnce(): unknown {
  return attempt(() => /[?&]parley-debug\b/.test(location.search) || localStorage['parley.debug']);
}

/** Loads the recorder, and gives the page its tools. */
export async function record(host: RecordHost, files: CoreFiles, options: Public.DebugOptions): Promise<Public.Debug & Public.DebugTools> {
  try {
    return (await files.part(PARLEY_DEBUG, 'record')).record(host, options);
  } catch (thrown) {
    host.recording = undefined;
    throw thrown;
  }
}
