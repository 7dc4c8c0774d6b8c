// The invitations that the agent has not answered yet.

import type { Chat, User } from '../../../index';
import type { Saying } from '../../ui/element';
import { errorSaying, say } from '../texts';
import { Observable } from './observable';

export interface Invitation {
  readonly chatId: string;
  readonly visitor: User | undefined;
  readonly room: string;
  /** When it expires, in unix milliseconds by the server's clock; undefined if the server has not said so. */
  readonly endsAt: number | undefined;
  /** An answer is being sent. */
  busy: boolean;
  /** Accepted; only the chat must still be loaded. */
  accepted: boolean;
  /** What could not be done, in words. */
  problem: Saying;
}

/** What the server pushes as `invitations:new`; `expiresAt` in unix seconds. */
interface Offer {
  chatId: string;
  chat?: Partial<Chat>;
  user?: User;
  expiresAt?: number;
}

/** Refusals after which the invitation is over: not found, another agent was first, the chat is closed. */
const lost = new Set([403, 404, 408, 409, 410]);

export class Invitations extends Observable {
  list: readonly Invitation[] = [];
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Why the last invitation ended without an answer, in words. */
  gone: Saying = '';
  /** The chat of that invitation. */
  private goneChat = '';

  /** `load` opens the chat of an accepted invitation. */
  constructor(private readonly load: (chatId: string) => Promise<void>) {
    super();
    ICF.Events.subscribe('invitations:new', (offer: Offer) => this.add(offer));
    ICF.Events.subscribe('invitations:end', (end: { chatId: string; reason?: string }) => {
      const answering = this.list.some((one) => one.chatId === end.chatId && one.busy); // the reply to that says more
      if (!answering) this.remove(end.chatId, endText(end.reason));
    });
  }

  async accept(invitation: Invitation): Promise<void> {
    await this.answer(invitation, async () => {
      if (!invitation.accepted) await ICF.Events.send('invitations:accept', { chatId: invitation.chatId });
      invitation.accepted = true;
      this.stopTimer(invitation.chatId);
      await this.load(invitation.chatId);
    });
  }

  async reject(invitation: Invitation): Promise<void> {
    await this.answer(invitation, async () => {
      await ICF.Events.send('invitations:reject', { chatId: invitation.chatId });
    });
  }

  /** Ends the invitation to a chat without words: the agent has come into the chat at another window. */
  accepted(chatId: string): void {
    this.remove(chatId);
    if (this.goneChat !== chatId || !this.gone) return;
    this.gone = '';
    this.changed();
  }

  private async answer(invitation: Invitation, act: () => Promise<void>): Promise<void> {
    if (invitation.busy) return;
    Object.assign(invitation, { busy: true, problem: '' });
    this.update();
    try {
      await act();
      this.remove(invitation.chatId);
    } catch (error) {
      const code = (error as { code?: number }).code ?? 0;
      if (!invitation.accepted && lost.has(code)) return this.remove(invitation.chatId, errorSaying(error));
      Object.assign(invitation, { busy: false, problem: errorSaying(error) });
      this.update();
    }
  }

  private add({ chatId, chat, user, expiresAt }: Offer): void {
    this.remove(chatId);
    const endsAt = expiresAt && expiresAt * 1000;
    const visitor = user ?? chat?.users?.find((one) => one.id === chat.creator);
    this.gone = '';
    this.list = [...this.list, { chatId, visitor, room: String(chat?.room ?? ''), endsAt, busy: false, accepted: false, problem: '' }];
    if (endsAt)
      this.timers.set(
        chatId,
        setTimeout(() => this.remove(chatId, endText('timeout')), endsAt - ICF.Parley.now()),
      );
    this.changed();
  }

  private remove(chatId: string, why: Saying = ''): void {
    this.stopTimer(chatId);
    if (!this.list.some((one) => one.chatId === chatId)) return;
    this.list = this.list.filter((one) => one.chatId !== chatId);
    this.gone = why;
    this.goneChat = chatId;
    this.changed();
  }

  private stopTimer(chatId: string): void {
    clearTimeout(this.timers.get(chatId));
    this.timers.delete(chatId);
  }

  private update(): void {
    this.list = [...this.list];
    this.changed();
  }
}

function endText(reason = ''): Saying {
  if (/time|expire/i.test(reason)) return () => say('invitations.expired');
  if (reason === 'rejected') return ''; // by the agent, at another window
  if (/close/i.test(reason)) return () => say('invitations.closed');
  return () => say('invitations.withdrawn');
}
