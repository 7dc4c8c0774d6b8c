// A first visit over a slow network: most of it is the download.

import { anew, networks, open, visit } from '../starts.mjs';

export default {
  title: 'first visit over Fast 3G, from the script tag to the end of ICF.init',
  unit: 'ms',
  open,
  async measure(contender) {
    const fresh = await anew(contender);
    try {
      return await visit(fresh, { network: networks.fast3G });
    } finally {
      await fresh.context.close();
    }
  },
};
