// What an idle page holds with one chat in it: JavaScript's heaps, of a worker too, and the core's memory.

import { withHistory } from '../grown.mjs';
import * as restored from '../restored.mjs';

const open = (bench) => restored.open(bench, withHistory(1));

const memory = async (page, work) => {
  await work();
  return page.evaluate(async () => {
    const { bytes } = await performance.measureUserAgentSpecificMemory();
    return (bytes + ICF.Parley.stats().memory) / 1e6;
  });
};

export default {
  title: 'memory of an idle page: JavaScript and WebAssembly',
  unit: 'MB',
  open,
  measure: (contender) => restored.restore(contender, memory),
};
