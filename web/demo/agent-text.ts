// What becomes of agents, as text.

import type { ChatEvents } from '../index';

const reasons = { lost: 'lost the connection', logout: 'has signed off', disabled: 'left the chat' };

/** An agent left; `sought` if the server looks for another one. */
export function leftText(name: string, reason: ChatEvents['user:left']['reason'], sought = false): string {
  return `${name} ${reasons[reason ?? 'disabled']}.${sought ? ' We are looking for somebody else.' : ''}`;
}

/** Agents have lost the connection, and may be back soon. */
export function awayText(names: string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} away for a moment`;
}
