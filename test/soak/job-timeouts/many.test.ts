import { cancelsAllInTime } from '../../stack/job-timeouts/many';

test(
  '5,000 jobs that pass their limit in the same minute are all cancelled in time',
  () => cancelsAllInTime(5000),
  900_000,
);
