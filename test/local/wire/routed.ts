import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';
import { DEFAULT_SETTINGS } from '../../../local/settings';
import { FaultSchedule } from '../../../local/faults/fault-schedule';
import { CallLog } from '../../../local/wire/call-log';
import { clientSettings, InProcessRequestHandler } from '../../../local/wire/in-process';
import { Router } from '../../../local/wire/router';
import type { Service } from '../../../local/wire/service';
import type { World } from '../../../local/world';

export const CALLER = { principalArn: 'arn:aws:iam::123456789012:user/tester' };

/** A router with nothing behind it but the given services, and settings for SDK clients that lead to it. */
export function routed(services: readonly Service[]): {
  router: Router;
  faults: FaultSchedule;
  log: CallLog;
  activities: Activities;
  clock: VirtualClock;
  settings: object;
} {
  const activities = new Activities();
  const clock = new VirtualClock(Date.UTC(2026, 0, 1), activities);
  const world: World = {
    clock,
    random: new Random(1),
    settings: DEFAULT_SETTINGS,
    accountId: '123456789012',
    region: 'us-east-1',
    events: { publish: () => {} },
  };
  const faults = new FaultSchedule();
  const log = new CallLog();
  const router = new Router(world, activities, faults, log);
  for (const service of services) router.add(service);
  const settings = clientSettings(world.region, new InProcessRequestHandler(router, CALLER));
  return { router, faults, log, activities, clock, settings };
}
