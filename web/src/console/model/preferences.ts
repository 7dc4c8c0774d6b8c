// What the console remembers: the app id for the next visit, how to alert the agent, and for this tab that
// somebody is logged in and on duty.
// Storage may be refused (private windows); then the console works and remembers nothing.

const prefix = 'parley.console.';

/** The app id of the last log-in, for the form. */
export const rememberedApp = entry(() => localStorage, 'app');
/** The app id this tab is logged in to. */
export const tabApp = entry(() => sessionStorage, 'app');
/** `yes` while the agent of this tab is on duty. */
export const tabDuty = entry(() => sessionStorage, 'duty');
/** `yes` while this browser shows notifications of the console. */
export const wantsNotifications = entry(() => localStorage, 'notify');
/** `yes` while this browser makes a sound. */
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
