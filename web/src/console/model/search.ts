// What closed chats are looked for by, as the form says it.

import type { Search } from './listed-chats';

/** What the form says, without what is empty. Days are those where the agent is, the last one whole. */
export function readSearch(form: FormData): Search {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const search: Search = {};
  for (const name of ['name', 'words', 'tag', 'agentId'] as const) if (text(name)) search[name] = text(name);
  if (text('since')) search.since = startOf(text('since'), 0);
  if (text('until')) search.until = startOf(text('until'), 1);
  return search;
}

/** When a day begins, or one some days later, in unix seconds. */
function startOf(day: string, later: number): number {
  const [year, month, date] = day.split('-').map(Number);
  return new Date(year!, month! - 1, date! + later).getTime() / 1000;
}
