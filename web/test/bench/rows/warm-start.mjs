// A later visit over a slow network, with everything in the cache: what is left are round trips.

import { networks, open, visit } from '../starts.mjs';

export default {
  title: 'later visit over Slow 4G, from the script tag to the end of ICF.init',
  unit: 'ms',
  open,
  measure: (contender) => visit(contender, { network: networks.slow4G }),
};
