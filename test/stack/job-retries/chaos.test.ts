/** A few of the histories of `npm run test:chaos`, for every run of the tests. */
import { JOB_RETRIES } from '../../chaos/job-retries/subject';
import { chaosTests } from '../../chaos/suite';

chaosTests(
  JOB_RETRIES,
  Array.from({ length: 50 }, (_, index) => 10_001 + index),
);
