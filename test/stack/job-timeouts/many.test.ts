import { cancelsAllInTime } from './many';

test('500 jobs that pass their limit in the same minute are all cancelled in time', () => cancelsAllInTime(500));
