import fc from 'fast-check';

/** The same cases in every run, so that a change alone can make a property fail; others with `PROPERTY_SEED=2 npm test`. */
fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 1) });
