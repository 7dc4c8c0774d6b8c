// Keeps requests until the server has them: records by key in IndexedDB, or in memory where the
// browser refuses that. It never throws.
//
// A record belongs to the page that wrote it. When that page has ended, another page of the user
// takes over all of its records, so that exactly one page sends them, in order.
//
// One group of changes is written at a time. All that comes meanwhile is the next one, without what is answered by then.

import { toJSON } from '../shared/args';
import { Tab } from './tabs';

// The outbox's records in IndexedDB, which may be refused, full, deleted or hang: what makes no
// progress within three seconds has failed. A busy machine, or a phone that has just started, takes more than one.

const patience = 3000;
// After a page stood still, its timers come before the events, so a time-out is checked twice.
const looks = 2;
// After this time a failed database is opened again.
const openAgainAfter = 60_000;
const records = 'records';

export class Store {
  private database: Promise<IDBDatabase | null> | undefined;
  private givenUp = 0;

  constructor(private readonly name: string) {}

  /**
   * Works on the records in one transaction. Gives whether it was committed. Long work
   * calls its second argument whenever it makes progress.
   */
  async change(work: (records: IDBObjectStore, goesOn: () => void) => void): Promise<boolean> {
    const database = await this.open();
    return new Promise((resolve) => {
      let transaction: IDBTransaction;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const ended = (good: boolean) => {
        clearTimeout(timer);
        resolve(good);
      };
      const wait = (more: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => (more ? wait(more - 1) : hung()), patience / looks);
      };
      const hung = () => {
        this.giveUp();
        ended(false);
        try {
          transaction.abort();
        } catch {
          // It is being committed, or cannot be stopped.
        }
      };
      const goesOn = () => wait(looks - 1);
      try {
        transaction = database!.transaction(records, 'readwrite');
        transaction.oncomplete = () => ended(true);
        transaction.onabort = () => ended(false);
        goesOn();
        work(transaction.objectStore(records), goesOn);
      } catch {
        ended(false);
      }
    });
  }

  /** Gives the database, null if the browser refuses it; opens it if that was not done, or has failed long ago. It throws nothing. */
  open(): Promise<IDBDatabase | null> {
    if (this.givenUp && performance.now() - this.givenUp > openAgainAfter) this.database = undefined;
    return (this.database ??= this.opened());
  }

  private opened(): Promise<IDBDatabase | null> {
    this.givenUp = 0;
    return new Promise((resolve) => {
      let late = false;
      const refused = () => {
        clearTimeout(timer);
        late = true;
        this.giveUp();
        resolve(null);
      };
      const timer = setTimeout(refused, patience);
      try {
        const request = indexedDB.open(this.name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(records);
        request.onerror = refused;
        request.onsuccess = () => {
          clearTimeout(timer);
          const database = request.result;
          if (late) return database.close();
          const gone = () => (this.database = undefined);
          database.onclose = gone;
          // Another page wants to delete or upgrade the database, and waits for this one to close it.
          database.onversionchange = () => {
            database.close();
            gone();
          };
          resolve(database);
        };
      } catch {
        refused();
      }
    });
  }

  private giveUp(): void {
    this.database = Promise.resolve(null);
    this.givenUp = performance.now();
  }

  /** Lets go of the database, for good. What is under way is done before. */
  async close(): Promise<void> {
    const database = this.database;
    this.database = Promise.resolve(null);
    this.givenUp = Infinity;
    (await database)?.close();
  }
}

// In milliseconds: all is written so long after an answer; and what is on its way, when the server has said nothing for so long.
const sweepDelay = 250;
const silence = 3;

// How much is taken over at a time, in characters: all of it could fill the core's memory and
// make the page stutter.
const portion = 1 << 18;
const eachAtLeast = 1 << 10;

type Stored = Record<string, unknown> & { id: string; tab?: string };

/** What ended pages have left. */
export interface Left {
  /** In the order of their keys. */
  outbox: Stored[];
  /** The key of the newest one that is still in the store, or ''. */
  newest: string;
}

/** One database of records; its name tells server and app. */
export class Outbox {
  /** The user whose records are taken; while that is not known, those of all. */
  user: string | undefined;
  /** The last `take` did not give everything. */
  more = false;
  /** Called when another page has ended, which may have left records. */
  ended: () => void = () => {};
  private readonly tab = new Tab(() => this.waits());
  private readonly store: Store;
  private memory = new Map<string, Stored>();
  private changes = new Map<string, Stored | null>();
  // Whose records take the place of a deletion, so the store has an older one.
  private readonly again = new Set<string>();
  private later: ReturnType<typeof setTimeout> | undefined;
  private soon: ReturnType<typeof setTimeout> | undefined;
  // What was written last was stored.
  private stores = false;
  // When the server has last answered.
  private heard = 0;
  private reported = new Set<string>();
  // The keys of the records that this page has written or been given, and has not deleted.
  private readonly known = new Set<string>();
  private taking: Promise<unknown> = Promise.resolve();
  private writing: Promise<unknown> = Promise.resolve();

  /** `problem` is called once for each kind of failure. */
  constructor(
    name: string,
    private readonly problem: (message: string) => void,
  ) {
    this.store = new Store(name);
  }

  /**
   * Gives some of what ended pages have left. From now on all of it belongs to this page, so that no other page
   * sends the rest first; the next call gives more. With `own`, gives also the records that this page had before.
   */
  async take(own = false): Promise<Left> {
    await this.write();
    void this.store.open(); // while the tabs are asked
    const taken = this.takeOver(own, await this.tab.alive(() => this.ended()));
    this.taking = taken;
    return taken;
  }

  private async takeOver(own: boolean, lives: (tab: string) => boolean): Promise<Left> {
    const left: Left = { outbox: [], newest: '' };
    const { user } = this;
    const known = new Set(this.known); // whatever this page deletes meanwhile
    let room = portion;
    let claims = own;
    // A record that cannot be marked is sent all the same: sent by two pages, it has its effect once.
    await this.walk((record, cursor) => {
      const size = sizeOf(record, cursor.key);
      if (!size) {
        this.reportOnce('a stored message cannot be read and was given up');
        cursor.delete();
        return true;
      }
      const mine = record.tab === this.tab.id;
      const given = mine && known.has(record.id);
      if (given && own) left.outbox.push(record);
      if (given || (!mine && lives(record.tab ?? '')) || (user && record.userId !== user)) return true;
      if (room <= 0) {
        left.newest = record.id;
        if (mine && !claims) return false; // the rest belongs to this page already
      } else {
        room -= Math.max(size, eachAtLeast);
        left.outbox.push(record);
        this.known.add(record.id);
      }
      if (!mine) {
        claims = true;
        record.tab = this.tab.id;
        cursor.update(record).onerror = (event) => event.preventDefault();
      }
      return true;
    });
    if (own) {
      left.outbox.push(...this.memory.values());
      left.outbox.sort((a, b) => (a.id < b.id ? -1 : 1));
    }
    this.more = left.newest !== '';
    return left;
  }

  // Whether there are records that the server may not have. What can be deleted is, as the page may be frozen next.
  private waits(): boolean {
    void this.write();
    return this.known.size > 0;
  }

  /** Deletes the records of a user, of all pages. */
  async forget(user: string): Promise<void> {
    await this.write();
    await this.walk((record, cursor) => {
      if (record?.userId === user) cursor.delete();
      return true;
    });
  }

  /**
   * Writes what is not written yet, and lets go of the browser's store: another page, or a later one, sends the rest.
   * Gives the keys of the records that could not be stored, which are lost.
   */
  async end(): Promise<ReadonlySet<string>> {
    this.ended = () => {};
    await this.write();
    this.tab.end();
    await this.store.close();
    return new Set(this.memory.keys());
  }

  // Visits the stored records in the order of their keys, in one transaction, while `visit` gives true.
  private walk(visit: (record: Stored, cursor: IDBCursorWithValue) => boolean): Promise<boolean> {
    return this.store.change((records, goesOn) => {
      records.openCursor().onsuccess = ({ target }) => {
        goesOn();
        const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
        if (cursor && visit(cursor.value, cursor)) cursor.continue();
      };
    });
  }

  /**
   * Writes a record when its turn comes, or deletes it if it is null: in this task; or late, if the server has the
   * request, which has its effect once if the next page sends it again, or if it is on its way there.
   */
  put(key: string, record: object | null, late: boolean): void {
    const { changes, known } = this;
    known[record ? 'add' : 'delete'](key);
    if (record && changes.get(key) === null) this.again.add(key);
    if (!record && changes.get(key) && !this.again.has(key))
      changes.delete(key); // it was never written
    else changes.set(key, record && ({ ...record, tab: this.tab.id } as Stored));
    if (!late || (record && (!this.stores || document.hidden))) void this.write(record !== null);
    else if (record) this.soon ??= setTimeout(this.look, silence);
    else {
      this.heard = performance.now();
      this.later ??= setTimeout(() => void this.write(), sweepDelay);
    }
  }

  // Arming a timer takes as long as all of `put`, so that one serves many requests.
  private readonly look = (): void => {
    this.soon = performance.now() < this.heard + silence ? setTimeout(this.look, silence) : void this.write(true);
  };

  /** Writes all changes in one transaction, in this task or, with `inTurn`, when what is being written is stored. */
  async write(inTurn = false): Promise<void> {
    clearTimeout(this.later);
    this.later = undefined;
    if (inTurn) await this.writing;
    await this.taking; // it may take long, and would look like a store that hangs
    if (this.changes.size > 0) {
      const { changes } = this;
      this.changes = new Map();
      this.again.clear();
      this.writing = this.store
        .change((records) => this.keep(changes, records))
        .then((stored) => (this.stores = stored) || this.remember(changes));
    }
    await this.writing;
  }

  private keep(changes: Map<string, Stored | null>, records: IDBObjectStore): void {
    for (const [key, record] of changes) {
      this.memory.delete(key);
      if (record) records.put(record, key);
      else records.delete(key);
    }
    records.transaction?.commit?.();
  }

  // The browser refuses storage, or it is full.
  private remember(changes: Map<string, Stored | null>): void {
    this.reportOnce('messages cannot be stored in this browser: unsent ones are lost with the page');
    for (const [key, record] of changes) {
      if (record) this.memory.set(key, record);
      else this.memory.delete(key);
    }
  }

  private reportOnce(message: string): void {
    if (!this.reported.has(message)) this.problem(message);
    this.reported.add(message);
  }
}

// The length of a record's JSON; 0 for what is no record.
function sizeOf(record: Stored, key: IDBValidKey): number {
  try {
    return typeof key === 'string' && key && record.id === key && depth(record) < deepest ? toJSON(record).length : 0;
  } catch {
    return 0;
  }
}

// The core reads JSON that is nested 500 deep, of which some is around the record.
const deepest = 450;
const depth = (value: unknown): number => (value && typeof value === 'object' ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0);
