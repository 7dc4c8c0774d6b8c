// What the console keeps in the browser: the app id and the device for the next visit, the language, how to alert the agent, and whether the agent
// of this tab is logged in, available, and in which chats.

import { browserEntry, tabEntry } from '../../ui/storage';

const prefix = 'parley.console.';

/** The app id of the last log-in, for the form. */
export const rememberedApp = browserEntry(`${prefix}app`);
/** What makes this browser a known device, on which an agent can log in while others fail at their name. */
export const rememberedDevice = browserEntry(`${prefix}device`);
/** The tag of the language that the agent has chosen; '' if that of the browser. */
export const wantsLanguage = browserEntry(`${prefix}language`);
/** The app id this tab is logged in to. */
export const tabApp = tabEntry(`${prefix}app`);
/** The chats that the agent of this tab is in, as JSON. */
export const tabChats = tabEntry(`${prefix}chats`);
/** `yes` while the agent of this tab wants to be available. */
export const tabDuty = tabEntry(`${prefix}duty`);
/** `yes` if the agent wants notifications in this browser. */
export const wantsNotifications = browserEntry(`${prefix}notify`);
/** `yes` if the agent wants a sound in this browser. */
export const wantsSound = browserEntry(`${prefix}sound`);
