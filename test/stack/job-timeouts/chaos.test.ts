/**
 * A few of the histories of `npm run test:chaos`, for every run of the tests: up to seed 10,029, in which a job lives and
 * ends between two sweeps, all of its events lost, so that the ledger never learns of it.
 */
import { JOB_TIMEOUTS } from '../../chaos/job-timeouts/subject';
import { chaosTests } from '../../chaos/suite';

chaosTests(
  JOB_TIMEOUTS,
  Array.from({ length: 28 }, (_, index) => 10_001 + index),
);
