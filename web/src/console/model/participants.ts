// Who is or was in a chat.

import type { Chat, User } from '../../../index';
import { isolate } from '../../ui/direction';
import { nameOf } from '../../ui/format';

type Peopled = Pick<Chat, 'creator' | 'users' | 'watchers' | 'formerUsers'>;

export class Participants {
  private readonly known = new Map<string, User>();

  constructor(private readonly chat: () => Peopled) {}

  /** A user who is or was in the chat. */
  get(userId: string): User | undefined {
    const { users, watchers, formerUsers } = this.chat();
    for (const user of [...(formerUsers ?? []), ...(users ?? []), ...(watchers ?? [])]) this.know(user);
    return this.known.get(userId);
  }

  know(user: User | undefined): void {
    if (user?.id) this.known.set(user.id, user);
  }

  /** The name to show for a user. */
  nameOf(userId: string): string {
    if (userId === 'system') return 'System';
    if (userId === 'assistant') return 'Assistant';
    if (userId === 'earlier') return 'Somebody';
    return nameOf(this.get(userId)) || (userId === this.chat().creator ? 'Visitor' : 'Somebody');
  }

  /** What a user is, whatever name they chose: it stands beside the name. '' for who was never in the chat. */
  roleOf(userId: string): '' | 'agent' | 'visitor' {
    const user = this.get(userId);
    return user ? (user.providerId ? 'agent' : 'visitor') : '';
  }

  /** A user as a sentence begins with them. */
  called(userId: string): string {
    const role = this.roleOf(userId);
    return role ? `${role === 'visitor' ? 'Visitor ' : ''}${isolate(this.nameOf(userId))}` : 'An agent';
  }
}
