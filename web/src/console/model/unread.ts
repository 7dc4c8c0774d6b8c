// Others' messages that the agent has not seen, and telling of those that he has.

export class Unread {
  private readonly unseen = new Set<string>();
  /** Those seen, of which the others could not be told yet. */
  private readonly untold = new Set<string>();

  /** `tell` tells the others that a message was read. */
  constructor(private readonly tell: (messageId: string) => Promise<unknown>) {}

  get count(): number {
    return this.unseen.size;
  }

  add(messageId: string): void {
    this.unseen.add(messageId);
  }

  /** All were seen. Gives whether there was one. */
  seen(): boolean {
    if (this.unseen.size === 0) return false;
    for (const id of this.unseen) this.untold.add(id);
    this.unseen.clear();
    this.tellAll();
    return true;
  }

  /** Tells of those seen; what fails for want of a connection is told at the next time. */
  tellAll(): void {
    const ids = [...this.untold];
    this.untold.clear();
    for (const id of ids) {
      this.tell(id).catch((error: { code?: number }) => {
        const refused = error.code !== undefined && error.code >= 400 && error.code < 500 && error.code !== 408;
        if (!refused) this.untold.add(id);
      });
    }
  }
}
