declare module 'dynalite' {
  import type { EventEmitter } from 'node:events';

  /** An HTTP server that need not listen: it answers each `request` event. */
  export default function dynalite(options: {
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): EventEmitter;
}
