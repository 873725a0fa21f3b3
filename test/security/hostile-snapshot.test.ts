/** A parameter that somebody has changed who may not: instances take a snapshot's id from it when they boot. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mountScript } from '../../lib/storage/mount-script';
import { BootingInstance } from '../lib/storage/booting';
import { HOSTILE } from './hostile-words';

const instances: BootingInstance[] = [];
afterEach(() => instances.splice(0).forEach((instance) => instance.dispose()));

function bootWith(parameter: string): BootingInstance {
  const instance = new BootingInstance({ parameter });
  instances.push(instance);
  const mountPoint = `${instance.root}/data`;
  return instance.boot(mountScript([mountPoint], [`mount_snapshot /p/one one /dev/xvdf ${mountPoint}`]));
}

test.each(Object.entries(HOSTILE).filter(([, word]) => !/[\0\n]/.test(word)))(
  'a snapshot that is called snap-%s is an argument, if anything',
  (_, word) => {
    const instance = bootWith(`snap-${word}`);
    expect(existsSync('/tmp/owned')).toBe(false);
    expect(existsSync(join(instance.root, 'x'))).toBe(false);
    const created = instance.calls('aws').filter((call) => call.includes('create-volume'));
    for (const call of created) expect(call).toMatch(/^aws ec2 create-volume --snapshot-id snap-[0-9a-f]+ /);
  },
);

test.each(Object.entries(HOSTILE).filter(([, word]) => !/[\0\n]/.test(word)))(
  'one that is called %s is not asked for, and no job lands on the instance',
  (_, word) => {
    const instance = bootWith(word);
    expect(instance.calls('aws').filter((call) => call.includes('create-volume'))).toEqual([]);
    expect(instance.agentStarts()).toBe(false);
  },
);
