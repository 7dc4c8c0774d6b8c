// What the console keeps in the browser: the app id for the next visit, how to alert the agent, and whether the agent
// of this tab is logged in and available. Where the browser refuses storage (private windows), nothing is kept.

const prefix = 'parley.console.';

/** The app id of the last log-in, for the form. */
export const rememberedApp = entry(() => localStorage, 'app');
/** The app id this tab is logged in to. */
export const tabApp = entry(() => sessionStorage, 'app');
/** `yes` while the agent of this tab wants to be available. */
export const tabDuty = entry(() => sessionStorage, 'duty');
/** `yes` if the agent wants notifications in this browser. */
export const wantsNotifications = entry(() => localStorage, 'notify');
/** `yes` if the agent wants a sound in this browser. */
export const wantsSound = entry(() => localStorage, 'sound');

function entry(storage: () => Storage, name: string) {
  return {
    get: (): string => attempt(() => storage().getItem(prefix + name)) ?? '',
    set: (value: string): void => attempt(() => storage().setItem(prefix + name, value)),
    clear: (): void => attempt(() => storage().removeItem(prefix + name)),
  };
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
