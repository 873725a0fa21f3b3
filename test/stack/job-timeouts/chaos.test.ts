/** A few of the histories of `npm run test:chaos`, for every run of the tests. */
import { JOB_TIMEOUTS } from '../../chaos/job-timeouts/subject';
import { chaosTests } from '../../chaos/suite';

chaosTests(
  JOB_TIMEOUTS,
  Array.from({ length: 50 }, (_, index) => 10_001 + index),
);
