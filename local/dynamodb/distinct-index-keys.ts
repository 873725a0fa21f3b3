import { createHash } from 'node:crypto';
import db, { type Item, type KeySchema, type Table } from 'dynalite/db';

/**
 * Has dynalite tell the items of an index apart by their whole keys. By itself it takes 24 bits of a hash: of thousands of items
 * with the same index key two would share a place, and one of them would be in no answer.
 */
export function distinguishIndexKeys(): void {
  const { createIndexKey, updateIndexes } = db;
  db.createIndexKey = (item: Item, table: Table, keySchema: KeySchema) =>
    createIndexKey(item, table, keySchema) + hashOf(item, table);
  db.updateIndexes = (store, table, before, after, done) => {
    const item = after ?? before;
    if (!item) return done();
    const hash = hashOf(item, table);
    const getIndexDb: typeof store.getIndexDb = (...index) => {
      const entries = store.getIndexDb(...index);
      return {
        put: (key, entry, stored) => entries.put(key + hash, entry, stored),
        del: (key, deleted) => entries.del(key + hash, deleted),
      };
    };
    updateIndexes({ ...store, getIndexDb }, table, before, after, done);
  };
}

function hashOf(item: Item, { KeySchema }: Table): string {
  const keys = KeySchema.map(({ AttributeName }) => item[AttributeName]);
  return createHash('md5').update(JSON.stringify(keys)).digest('hex');
}
