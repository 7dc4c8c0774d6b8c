// The messages of others that the agent has not seen, and the receipts for those they have.

export class Unread {
  private readonly unseen = new Set<string>();
  /** Seen, with no receipt sent yet. */
  private readonly unconfirmed = new Set<string>();

  /** `sendReceipt` reports to the others that a message was read. */
  constructor(private readonly sendReceipt: (messageId: string) => Promise<unknown>) {}

  get count(): number {
    return this.unseen.size;
  }

  add(messageId: string): void {
    this.unseen.add(messageId);
  }

  /** The agent has read them at another window. Gives whether one of them was unread here. */
  readElsewhere(messageIds: readonly string[]): boolean {
    return messageIds.filter((id) => this.unseen.delete(id)).length > 0;
  }

  /** The agent has seen all of them. Gives whether there were any. */
  seen(): boolean {
    if (this.unseen.size === 0) return false;
    for (const id of this.unseen) this.unconfirmed.add(id);
    this.unseen.clear();
    this.confirmAll();
    return true;
  }

  /** Sends the receipts. What fails because there is no connection is sent at the next time. */
  confirmAll(): void {
    const ids = [...this.unconfirmed];
    this.unconfirmed.clear();
    for (const id of ids) {
      this.sendReceipt(id).catch((error: { code?: number }) => {
        const refused = error.code !== undefined && error.code >= 400 && error.code < 500 && error.code !== 408;
        if (!refused) this.unconfirmed.add(id);
      });
    }
  }
}
