/** A few of the histories of `npm run test:chaos`, for every run of the tests. */
import { JOB_WORKFLOW } from '../../chaos/job-workflow/subject';
import { chaosTests } from '../../chaos/suite';

chaosTests(
  JOB_WORKFLOW,
  Array.from({ length: 50 }, (_, index) => 10_001 + index),
);
