declare module 'dynalite' {
  import type { EventEmitter } from 'node:events';

  /** An HTTP server that need not listen: it answers each `request` event. */
  export default function dynalite(options: {
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): EventEmitter;
}

declare module 'dynalite/db' {
  export type Item = Readonly<Record<string, object>>;
  export type KeySchema = readonly { readonly AttributeName: string }[];

  export interface Table {
    readonly KeySchema: KeySchema;
  }

  type Done = (error?: unknown) => void;

  interface IndexEntries {
    put(key: string, item: Item, done: Done): void;
    del(key: string, done: Done): void;
  }

  interface Store {
    getIndexDb(indexType: string, table: string, index: string): IndexEntries;
  }

  const db: {
    createIndexKey(item: Item, table: Table, keySchema: KeySchema): string;
    updateIndexes(store: Store, table: Table, before: Item | undefined, after: Item | undefined, done: Done): void;
  };
  export default db;
}
