// What the events of a chat mean for the agent who has it open.

import type { Chat, Message, User } from '../../../index';
import { say, type TextKey } from '../texts';
import type { Participants } from './participants';

/** What the conversation does about them. */
export interface ConversationEvents {
  /** A message of the log. */
  received(message: Message): void;
  /** Somebody else has read a message; with `upTo`, all before it too. */
  read(messageId: string, upTo: boolean): void;
  /** The agent has read a message at another window; with `upTo`, all before it too. */
  readElsewhere(messageId: string, upTo: boolean): void;
  /** A user types, or stopped. */
  activity(userId: string, type: string): void;
  /** With `transfer` the chat was handed over to the user. */
  joined(user: User, transfer: boolean): void;
  left(userId: string): void;
  /** A line between the messages. */
  notice(text: () => string): void;
  /** The chat is over for the agent. */
  end(text: () => string): void;
}

/** How somebody left, by the reason. */
const leaving: Record<string, TextKey> = { lost: 'notice.lost', logout: 'notice.logout' };

/** Reports the chat's events from now on. */
export function watchEvents(chat: Chat, me: string, participants: Participants, to: ConversationEvents): void {
  chat
    .on('message:received', ({ message }) => to.received(message))
    .on('message:read', ({ message, userId, upTo }) => {
      if (userId === me) to.readElsewhere(message.id, upTo === true);
      else to.read(message.id, upTo === true);
    })
    .on('user:activity', ({ userId, type }) => to.activity(userId, type))
    .on('user:joined', ({ user, mode, transfer }) => {
      participants.know(user);
      to.joined(user, transfer === true);
      const how = mode === 'watch' ? 'notice.watching' : transfer ? 'notice.tookOver' : 'notice.joined';
      to.notice(() => say(how, { name: () => participants.called(user.id) }));
    })
    .on('user:left', ({ userId, user, reason = '' }) => {
      participants.know(user);
      to.left(userId);
      to.notice(() => say(leaving[reason] ?? 'notice.left', { name: () => participants.called(userId) }));
    })
    .on('chat:intervened', ({ interventor, intervenedUsers }) => {
      participants.know(interventor);
      const own = interventor.id === me;
      const text = () => (own ? say('notice.ownTakeOver') : say('notice.tookChat', { name: () => participants.called(interventor.id) }));
      if ((intervenedUsers ?? []).some(({ id }) => id === me)) to.end(text);
      else to.notice(text);
    })
    .on('chat:closed', ({ userId }) => {
      if (userId === 'system') to.end(() => say('notice.closedBySystem'));
      else if (userId === me) to.end(() => say('notice.ownClose'));
      else to.end(() => say('notice.closedBy', { name: () => participants.called(userId) }));
    });
}
