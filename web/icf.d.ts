// The global `ICF`, which `icf.sdk.js` and `import 'parley-chat/icf'` put on the page.

import type { Icf } from './index.js';

declare global {
  /** The chat, once `icf.sdk.js` has run. */
  var ICF: Icf;

  interface Window {
    ICF: Icf;
    /** Called when `icf.sdk.js` has run. It may also be a top-level `const` of a classic script. */
    icfAsyncInit?: () => void;
  }
}
