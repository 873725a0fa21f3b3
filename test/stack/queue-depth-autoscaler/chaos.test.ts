/** A few of the histories of `npm run test:chaos`, for every run of the tests. */
import { QUEUE_DEPTH_AUTOSCALER } from '../../chaos/queue-depth-autoscaler/subject';
import { chaosTests } from '../../chaos/suite';

chaosTests(
  QUEUE_DEPTH_AUTOSCALER,
  Array.from({ length: 50 }, (_, index) => 10_001 + index),
);
