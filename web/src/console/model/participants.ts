// Who is or was in a chat.

import type { Chat, User } from '../../../index';
import { nameOf } from '../../ui/format';
import { isolated, say } from '../texts';

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
    if (userId === 'system') return say('system');
    if (userId === 'assistant') return say('assistant');
    if (userId === 'earlier') return say('somebody');
    return nameOf(this.get(userId)) || (userId === this.chat().creator ? say('visitor') : say('somebody'));
  }

  /** What a user is, whatever name they chose: it stands beside the name. '' for who was never in the chat. */
  roleOf(userId: string): '' | 'agent' | 'visitor' {
    const user = this.get(userId);
    return user ? (user.providerId ? 'agent' : 'visitor') : '';
  }

  /** A user as a sentence begins with them. */
  called(userId: string): string {
    const name = this.nameOf(userId);
    const role = this.roleOf(userId);
    if (role === 'visitor') return say('visitor.who', { name });
    return role ? isolated(name) : say('agent.an');
  }
}
