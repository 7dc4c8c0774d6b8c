// The ways to run Parley that are measured side by side: this build's, and an older build beside them.

import { basename, join } from 'node:path';
import * as parleyd from './parleyd.mjs';

const appId = 'demo';

// What pages of this build give ICF.init. The first is what others are set against.
const ways = { parley: { appId }, 'parley, worker': { appId, worker: true } };

/** Starts the servers. Gives the builds: a title, the server's address, what pages give ICF.init; and what ends the servers. */
export async function start(folder, program, base) {
  const programs = [program ?? (await parleyd.build(folder))];
  if (base) programs.push(await parleyd.buildBase(base));
  const servers = [];
  for (const [i, one] of programs.entries()) servers.push(await parleyd.start(one, join(folder, `data-${i}`)));
  const [server, older] = servers.map(({ address }) => address);
  const builds = Object.entries(ways).map(([title, options]) => ({ title, server, options }));
  if (base) builds.push({ title: `parley ${basename(base)}`, server: older, options: { appId }, older: true });
  return { builds, end: () => servers.forEach((one) => void one.end()) };
}

/** Fails where the page has no Worker that the build asks for, as its figures would have a wrong name. */
export function hasItsWorker(page, { title, options }) {
  if (options.worker && page.workers().length === 0) throw new Error(`a page of ${title} has no Worker`);
}
