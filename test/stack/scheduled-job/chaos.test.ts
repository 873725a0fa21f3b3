/** A few of the histories of `npm run test:chaos`, for every run of the tests. */
import { SCHEDULED_JOB } from '../../chaos/scheduled-job/subject';
import { chaosTests } from '../../chaos/suite';

chaosTests(
  SCHEDULED_JOB,
  Array.from({ length: 50 }, (_, index) => 10_001 + index),
);
