// What the app's supervisors have set about the form before a chat, for pages that say nothing else.

import type { FormField } from '../../element';
import { browserEntry } from '../ui/storage';
import type { Holiday } from './hours';
import type { Sentences } from './texts';

export interface AppSettings {
  fields?: FormField[];
  /** What visitors must agree to; '' is nothing. */
  consent?: { text: string; url: string };
  hours?: string;
  timeZone?: string;
  holidays?: Holiday[];
  /** `message` asks for a message outside of the hours. */
  away?: string;
  /** What the window says in a language, in place of its own words; '' is each that has none of its own. */
  words?: ({ lang: string; greeting?: string } & Sentences)[];
  /** Known users may list their earlier chats. */
  ownChats?: boolean;
}

/** In milliseconds. Without an answer by then the form is what the page says. */
const patience = 3_000;

const entry = browserEntry('parley.window');

/** Gives what the browser has kept of the last answer of this server. */
export function keptSettings(appId: string, api: string): AppSettings | undefined {
  try {
    const [app, server, settings] = JSON.parse(entry.get() || '[]');
    return app === appId && server === api ? settings : undefined;
  } catch {
    return undefined; // somebody else has written there
  }
}

/** Asks the server. */
export async function askSettings(appId: string, api: string): Promise<AppSettings> {
  const headers = { 'x-hyper-appId': appId };
  const answer = await fetch(`${api.replace(/\/$/, '')}/settings`, { headers, signal: AbortSignal.timeout(patience) });
  if (!answer.ok) throw new Error(`The app's settings could not be read: the server answered ${answer.status}.`);
  const { window, privacy } = (await answer.json()).settings;
  const settings: AppSettings = { ...window, ...privacy };
  entry.set(JSON.stringify([appId, api, settings]));
  return settings;
}
