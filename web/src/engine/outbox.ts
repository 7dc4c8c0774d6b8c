// What the core wants kept until the server has it: records by key in
// IndexedDB, or in memory where the page has none. It never throws.
//
// A record belongs to the page that wrote it. When that one has ended, another page
// of the user takes over all that it left, so that no two send it, nor one after the other
// out of order.

import { toJSON } from '../shared/args';
import { Store } from './store';
import { alive, showAlive, tab } from './tabs';

const sweepDelay = 250;

// So much of what others left is taken at a time, in characters: all of it could
// fill the core's memory, and taking it in must not make the page stutter.
const portion = 1 << 18;
const eachAtLeast = 1 << 10;

type Stored = Record<string, unknown> & { id: string; tab?: string };

/** What pages that have ended left. */
export interface Left {
  /** In the order of their keys. */
  outbox: Stored[];
  /** There is more than that. */
  more: boolean;
}

/** One database of records; a name per server and app keeps them apart. */
export class Outbox {
  /** Whose records are taken; of everybody as long as that is not known. */
  user: string | undefined;
  /** The last taking left something behind. */
  more = false;
  /** Is told up to which write all is kept, as well as this browser can. */
  done: (write: number) => void = () => {};
  /** Is called when a page has ended, which may have left something. */
  ended: () => void = () => {};
  private readonly watched = new Set<string>();
  private readonly store: Store;
  private memory = new Map<string, Stored>();
  private changes = new Map<string, Stored | null>();
  private soon: Promise<void> | undefined;
  private later: ReturnType<typeof setTimeout> | undefined;
  private told = new Set<string>();
  private last = 0;
  // The keys of what this page has written, or was given.
  private readonly known = new Set<string>();
  private taking: Promise<unknown> = Promise.resolve();

  /** `problem` is told once of each kind of thing that goes wrong. */
  constructor(
    name: string,
    private readonly problem: (message: string) => void,
  ) {
    this.store = new Store(name);
    showAlive();
  }

  /**
   * Some of what pages that have ended left. All of it is this page's from now on,
   * or another one could send the rest before what is here; what has not been given
   * yet comes with the next call. With `own`, also what is this page's already.
   */
  async take(own = false): Promise<Left> {
    await this.write();
    const taken = this.takeOver(own, await alive(this.watched, () => this.ended()));
    this.taking = taken;
    return taken;
  }

  private async takeOver(own: boolean, lives: (tab: string) => boolean): Promise<Left> {
    const left: Left = { outbox: [], more: false };
    const { user, known } = this;
    let room = portion;
    let claims = own;
    // What was read is sent even where it cannot be marked: that two pages send it does no harm.
    await this.walk((record, cursor) => {
      const size = sizeOf(record, cursor.key);
      if (!size) {
        this.tell('a stored message cannot be read and was given up');
        cursor.delete();
        return true;
      }
      const mine = record.tab === tab;
      const given = mine && known.has(record.id);
      if (given && own) left.outbox.push(record);
      if (given || (!mine && lives(record.tab ?? '')) || (user && record.userId !== user)) return true;
      left.more = room <= 0;
      if (left.more && mine && !claims) return false; // all that follows is this page's already
      if (!left.more) {
        room -= Math.max(size, eachAtLeast);
        left.outbox.push(record);
        known.add(record.id);
      }
      if (!mine) {
        claims = true;
        cursor.update({ ...record, tab }).onerror = (event) => event.preventDefault();
      }
      return true;
    });
    if (own) {
      left.outbox.push(...this.memory.values());
      left.outbox.sort((a, b) => (a.id < b.id ? -1 : 1));
    }
    this.more = left.more;
    return left;
  }

  /** Deletes what is stored of a user, whichever page wrote it. */
  async forget(user: string): Promise<void> {
    await this.write();
    await this.walk((record, cursor) => {
      if (record?.userId === user) cursor.delete();
      return true;
    });
  }

  // Visits what is stored in the order of the keys, in one transaction, as long as `visit` gives true.
  private walk(visit: (record: Stored, cursor: IDBCursorWithValue) => boolean): Promise<boolean> {
    return this.store.change((records, goesOn) => {
      records.openCursor().onsuccess = ({ target }) => {
        goesOn();
        const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
        if (cursor && visit(cursor.value, cursor)) cursor.continue();
      };
    });
  }

  /** Writes a record, or deletes it when it is null, in this task, as the write of this number. What has none, 0, is deleted after a while. */
  put(key: string, record: object | null, write: number): void {
    this.changes.set(key, record && ({ ...record, tab } as Stored));
    this.known.add(key);
    if (write) {
      this.last = write;
      this.soon ??= Promise.resolve().then(() => this.write());
    }
    // Late is harmless: the server has it, and sent again by the next page it has its effect once.
    else this.later ??= setTimeout(() => void this.write(), sweepDelay);
  }

  // All that has changed, in one transaction.
  private async write(): Promise<void> {
    clearTimeout(this.later);
    this.soon = this.later = undefined;
    await this.taking; // which may take long, and would be mistaken for a store that hangs
    if (this.changes.size === 0) return;
    const { changes, last } = this;
    this.changes = new Map();
    if (!(await this.store.change((records) => this.keep(changes, records)))) this.remember(changes);
    this.done(last);
  }

  private keep(changes: Map<string, Stored | null>, records: IDBObjectStore): void {
    for (const [key, record] of changes) {
      this.memory.delete(key);
      if (record) records.put(record, key);
      else {
        records.delete(key);
        this.known.delete(key);
      }
    }
    records.transaction?.commit?.();
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
}

// In characters of what the core will be given; 0 for what is no record.
function sizeOf(record: Stored, key: IDBValidKey): number {
  try {
    return typeof key === 'string' && key && record.id === key ? toJSON(record).length : 0;
  } catch {
    return 0;
  }
}
