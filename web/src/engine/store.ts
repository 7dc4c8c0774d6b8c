// The outbox's records in IndexedDB, which may be refused, full, deleted or hang: what makes no
// progress within a second has failed.

const patience = 1000;
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
    if (this.givenUp && Date.now() - this.givenUp > openAgainAfter) this.database = undefined;
    const database = await (this.database ??= this.open());
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

  private open(): Promise<IDBDatabase | null> {
    this.givenUp = 0;
    return new Promise((resolve) => {
      const refused = () => {
        this.giveUp();
        resolve(null);
      };
      const timer = setTimeout(refused, patience);
      try {
        const request = indexedDB.open(this.name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(records);
        request.onerror = () => {
          clearTimeout(timer);
          refused();
        };
        request.onsuccess = () => {
          clearTimeout(timer);
          const database = request.result;
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
        clearTimeout(timer);
        refused();
      }
    });
  }

  private giveUp(): void {
    this.database = Promise.resolve(null);
    this.givenUp = Date.now();
  }
}
