// What the core wants kept until the server has it: records by key in
// IndexedDB, or in memory where the page has none. It never throws.

// A browser can leave the opening of a database hanging for ever.
const openTimeout = 1000;
const store = 'records';
const sweepDelay = 250;

/** One database of records; a name per server and app keeps them apart. */
export class Outbox {
  private database: Promise<IDBDatabase | null> | undefined;
  private memory = new Map<string, unknown>();
  private changes = new Map<string, unknown>();
  private soon: Promise<void> | undefined;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly name: string) {}

  /** Every record left by earlier pages, in the order of their keys. */
  async records(): Promise<unknown[]> {
    const database = await this.open();
    if (!database) return [...this.memory.values()];
    return new Promise((resolve) => {
      try {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve([]);
      } catch {
        resolve([]);
      }
    });
  }

  /** Writes a record, in this task, or deletes it when it is null, which can wait. */
  put(key: string, record: unknown): void {
    this.changes.set(key, record);
    if (record !== null) this.soon ??= Promise.resolve().then(() => this.write());
    // Late is harmless: a record that the next page sends again has its effect once.
    else this.later ??= setTimeout(() => void this.write(), sweepDelay);
  }

  // All that has changed, in one transaction.
  private async write(): Promise<void> {
    clearTimeout(this.later);
    this.soon = this.later = undefined;
    const changes = this.changes;
    this.changes = new Map();
    const database = await this.open();
    try {
      const records = database!.transaction(store, 'readwrite').objectStore(store);
      for (const [key, record] of changes) {
        if (record === null) records.delete(key);
        else records.put(record, key);
      }
    } catch {
      for (const [key, record] of changes) {
        if (record === null) this.memory.delete(key);
        else this.memory.set(key, record);
      }
    }
  }

  private open(): Promise<IDBDatabase | null> {
    this.database ??= new Promise((resolve) => {
      setTimeout(() => resolve(null), openTimeout);
      try {
        const request = indexedDB.open(this.name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(store);
        request.onerror = () => resolve(null);
        request.onsuccess = () => {
          // Another page's wish to delete or upgrade must not hang on us.
          request.result.onversionchange = () => request.result.close();
          resolve(request.result);
        };
      } catch {
        resolve(null);
      }
    });
    return this.database;
  }
}
