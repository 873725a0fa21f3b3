/** A few of the histories of `npm run test:chaos`, for every run of the tests. */
import { chaosTests } from '../../chaos/suite';

chaosTests(Array.from({ length: 50 }, (_, index) => 10_001 + index));
