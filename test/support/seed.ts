import fc from 'fast-check';

/** What property tests draw is the same in every run, so that one that fails has found something new in the code; `SEED=random` lets them look elsewhere, and any number goes there again. */
const wanted = process.env['SEED'] ?? '20261124';
const seed = wanted === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(wanted);
if (!Number.isInteger(seed)) throw new RangeError(`SEED takes a whole number or the word random; got ${wanted}`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
