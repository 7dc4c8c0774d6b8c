// What the core wants kept until the server has it: records by key in
// IndexedDB, or in memory where the page has none. It never throws.
//
// A record belongs to the page that wrote it. Another page of the user takes it
// over when that one has ended, so that no two send it.

import { alive, showAlive, tab } from './tabs';

// A browser can leave a database hanging for ever.
const patience = 1000;
const store = 'records';
const sweepDelay = 250;

type Stored = Record<string, unknown> & { id: string; tab?: string };

/** One database of records; a name per server and app keeps them apart. */
export class Outbox {
  private database: Promise<IDBDatabase | null> | undefined;
  private memory = new Map<string, Stored>();
  private changes = new Map<string, Stored | null>();
  private soon: Promise<void> | undefined;
  private later: ReturnType<typeof setTimeout> | undefined;
  private told = new Set<string>();
  private last = 0;

  /** Is told up to which write all is kept, as well as this browser can. */
  done: (write: number) => void = () => {};

  /** `problem` is told once of each kind of thing that goes wrong. */
  constructor(
    private readonly name: string,
    private readonly problem: (message: string) => void,
  ) {
    showAlive();
  }

  /** What pages that have ended left, in the order of the keys; it is this page's from now on. With `own`, also what is this page's already. */
  async take(own = false): Promise<Stored[]> {
    await this.write();
    const [database, lives] = await Promise.all([this.open(), alive()]);
    const kept = own ? [...this.memory.values()] : [];
    if (!database) return kept;
    const found = await new Promise<Stored[]>((resolve) => {
      try {
        const transaction = database.transaction(store, 'readwrite');
        const taken: Stored[] = [];
        transaction.objectStore(store).openCursor().onsuccess = ({ target }) => {
          const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
          if (!cursor) return;
          const record = cursor.value as Stored;
          if (typeof record !== 'object' || record?.id !== cursor.key) {
            this.tell('a stored message cannot be read and was given up');
            cursor.delete();
          } else if (record.tab === tab) {
            if (own) taken.push(record);
          } else if (!lives(record.tab ?? '')) {
            taken.push(record);
            cursor.update({ ...record, tab });
          }
          cursor.continue();
        };
        transaction.oncomplete = () => resolve(taken);
        transaction.onerror = transaction.onabort = () => resolve([]);
      } catch {
        resolve([]);
      }
    });
    return [...found, ...kept];
  }

  /** Writes a record, in this task, as the write of this number; or deletes it when it is null, which can wait. */
  put(key: string, record: object | null, write: number): void {
    this.changes.set(key, record && ({ ...record, tab } as Stored));
    if (record !== null) {
      this.last = write;
      this.soon ??= Promise.resolve().then(() => this.write());
    }
    // Late is harmless: a record that the next page sends again has its effect once.
    else this.later ??= setTimeout(() => void this.write(), sweepDelay);
  }

  // All that has changed, in one transaction.
  private async write(): Promise<void> {
    clearTimeout(this.later);
    this.soon = this.later = undefined;
    if (this.changes.size === 0) return;
    const { changes, last } = this;
    this.changes = new Map();
    if (!(await this.commit(changes))) this.remember(changes);
    this.done(last);
  }

  private async commit(changes: Map<string, Stored | null>): Promise<boolean> {
    const database = await this.open();
    return new Promise((resolve) => {
      const hung = () => {
        this.database = Promise.resolve(null);
        resolve(false);
      };
      const timer = setTimeout(hung, patience);
      const ended = (good: boolean) => () => {
        clearTimeout(timer);
        resolve(good);
      };
      try {
        const transaction = database!.transaction(store, 'readwrite');
        transaction.oncomplete = ended(true);
        transaction.onabort = ended(false);
        const records = transaction.objectStore(store);
        for (const [key, record] of changes) {
          this.memory.delete(key);
          if (record === null) records.delete(key);
          else records.put(record, key);
        }
        transaction.commit?.();
      } catch {
        ended(false)();
      }
    });
  }

  // Storage is refused or full.
  private remember(changes: Map<string, Stored | null>): void {
    this.tell('messages cannot be stored in this browser: what is not sent yet is lost with the page');
    for (const [key, record] of changes) {
      if (record === null) this.memory.delete(key);
      else this.memory.set(key, record);
    }
  }

  private tell(message: string): void {
    if (this.told.has(message)) return;
    this.told.add(message);
    this.problem(message);
  }

  private open(): Promise<IDBDatabase | null> {
    this.database ??= new Promise((resolve) => {
      setTimeout(() => resolve(null), patience);
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
