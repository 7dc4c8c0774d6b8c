// The chat's interface, for what our pages and the element share: a page says once which object it is, so that nothing here
// depends on a global that a site may have for something else.

import type { Icf } from '../../index';

export let icf: Icf;

/** Has everything in this folder use `given`. */
export function useIcf(given: Icf): void {
  icf = given;
}

/** The server's time in unix milliseconds; until the chat's script is there, this computer's. */
export const now = (): number => icf?.Parley.now() ?? Date.now();
