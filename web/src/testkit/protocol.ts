// What goes over the wire, as package core/wire of Parley has it.

/** The error of a reply. */
export interface WireError {
  code: number;
  message: string;
  detail?: string;
  /** The error's name, as docs/errors.md of Parley has it. */
  reason?: string;
}

/** One message on a connection, in either direction. */
export interface Frame {
  /** Of a request and its reply. */
  id?: string;
  /** The position of an entry in its chat's log, and of the entry before it that the recipient may see. */
  seq?: number;
  prev?: number;
  /** On a push that the recipient's own request has caused: the id of that. */
  eventId?: string;
  event?: string;
  data?: any;
  error?: WireError;
}

/** A user as they see themselves. */
export interface User {
  id: string;
  name: string;
  nickname?: string;
  contact?: string;
  externalId?: string;
  claimedExternalId?: string;
  /** Agents have one. */
  providerId?: string;
  extraInfo?: Record<string, unknown>;
  role?: 'agent' | 'supervisor';
}

/** The user as others see them: without the role. */
export function publicUser({ role, ...rest }: User): User {
  return rest;
}

export const isAgent = (user: { providerId?: string }) => Boolean(user.providerId);

/** The sender of what the server does by itself. */
export const SYSTEM = 'system';

/** A message in a chat's log. */
export interface LogMessage {
  id: string;
  chat: string;
  sender: string;
  type: string;
  message: string | { id: string; url: string; type: string; name: string; size: number };
  created: number;
  format?: string;
  imported?: boolean;
  readBy?: string[];
}

/** Why a request is not carried out. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;

  /** `reason` is the code, a blank and the name. `retryAfter` is in seconds: the header Retry-After, where the answer has headers. */
  constructor(
    reason: string,
    message: string,
    readonly detail?: string,
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'Refusal';
    this.code = Number(reason.slice(0, 3));
    this.reason = reason.slice(4);
  }

  get retryable(): boolean {
    return this.code === 408 || this.code === 429 || this.code > 500;
  }

  wire(): WireError {
    const { code, message, detail, reason } = this;
    return { code, message, ...(detail && { detail }), ...(reason && { reason }) };
  }
}

/** What the fake server itself has as its limits, and tells its clients. */
export const limits = { message: 10_000, frame: 262_144 };

/** Texts that show something: not only blanks and what is invisible by itself. */
export function visible(text: string): boolean {
  return /[^\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
}

/** Whether HTML shows something. */
export function showsHTML(text: string): boolean {
  return /<(img|video|audio|iframe|hr|input|button|svg)\b/i.test(text) || visible(text.replace(/<[^>]*>/g, ''));
}

/** Unix seconds, to the millisecond. */
export const unix = (ms: number) => Math.round(ms) / 1000;
