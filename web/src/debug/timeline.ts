// Writes entries of a recording as lines for people.

import type { PageEvents, SocketEvents, Timers } from '../shared/abi';
import type { Level } from '../shared/contract';

/** One call of the core, and what came of it, masked. */
export interface Entry {
  /** The number of the core: another one takes over after a crash. */
  core: number;
  /** The number of the call, from 1. */
  n: number;
  /** Milliseconds since the recording began. */
  at: number;
  /** The core began with this call. */
  fresh?: boolean;
  /** The effects did not fit any more. */
  cut?: boolean;
  /** When the core took it to be: by a clock that nobody sets, by the system's; and a random number. */
  moment: [now: number, wall: number, random: string];
  in: unknown[];
  out: unknown[][];
}

const sockets: SocketEvents = { opened: 1, closed: 2, unreached: 3, moved: 4 };
const pages: PageEvents = { online: 1, offline: 2, visible: 3, hidden: 4, left: 5, back: 6 };
const timers: Timers = { redial: 1, open: 2, stable: 3, heartbeat: 4, deadline: 5, retry: 6 };

const named = (words: object, number: unknown): string => Object.entries(words).find(([, each]) => each === number)?.[0] ?? String(number);

const longest = 200;
function short(value: unknown): string {
  const json = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return json.length > longest ? `${json.slice(0, longest)}…` : json;
}

function frame(value: any): string {
  if (typeof value !== 'object') return short(value);
  const { event, id, seq, data, error } = value;
  return [event ?? (error ? 'refusal' : 'reply'), id && `#${id}`, seq && `at ${seq}`, short(error ?? data ?? '')].filter(Boolean).join(' ');
}

function input([door, first, second, third, ...rest]: any[]): string {
  switch (door) {
    case 'command':
      return `command ${second.name} ${short(second.args)}${first ? ` (call ${first})` : ''}`;
    case 'frames':
      return `← ${second.map(frame).join(' ← ')}`;
    case 'said': {
      const [chat, , message, sender, request] = rest;
      return request ? `← reply to ${request}: ${message} at ${second}` : `← messages:new at ${second} ${message} of ${sender} in ${chat}`;
    }
    case 'socket':
      return `socket ${first} ${named(sockets, second)}${third ? ` with code ${third}` : ''}`;
    case 'timer':
      return `timer ${named(timers, first)}`;
    case 'fetched':
      return `← HTTP ${second} ${short(third)} (call ${first})`;
    case 'page':
      return `page ${named(pages, first)}`;
    default:
      return `${door} ${first}`;
  }
}

// An item that only a replay needs.
const silent = ['own'];

function effect([name, ...values]: any[]): string {
  switch (name) {
    case 'send':
      return `→ ${frame(values[1])}`;
    case 'fetch':
      return `→ HTTP ${values.slice(1, 3).join(' ')} (call ${values[0]})`;
    case 'arm':
      return `timer ${named(timers, values[0])} in ${values[1]} ms`;
    case 'disarm':
      return `timer ${named(timers, values[0])} off`;
    case 'session':
      return `state ${short(values[0])}`;
    case 'parley':
      return `ICF.Parley ${values[0]} ${short(values[1])}`;
    default:
      return [name, ...values.map(short)].join(' ');
  }
}

/** The lines of an entry: its input, then its effects. */
export function lines(entry: Entry): string[] {
  const effects = entry.out.filter(([name]) => !silent.includes(name as string)).map((item) => `  ${effect(item)}`);
  return [`${(entry.at / 1000).toFixed(3)} s  ${input(entry.in)}`, ...effects];
}

const has = (entry: Entry, name: string, test: (values: any[]) => boolean): boolean =>
  entry.out.some((item) => item[0] === name && test(item));

/** How much an entry matters. */
export function level(entry: Entry): Level {
  if (has(entry, 'fatal', () => true)) return 'error';
  const bad = ([, event, data]: any[]) => event === 'error' || (event === 'connection' && data.state === 'waiting');
  if (has(entry, 'reject', () => true) || has(entry, 'parley', bad)) return 'warn';
  const told = ['command', 'page', 'socket'].includes(entry.in[0] as string);
  return told || has(entry, 'parley', () => true) ? 'info' : 'debug';
}
