import { mountScript } from '../../../lib/storage/mount-script';
import type { BootOptions } from './booting';
import { BootingInstance, isShell } from './booting';

const EFS = ['mount_efs fs-1 fsap-1 /mnt/shared rw'];
const DEVICE = ['mount_device /dev/xvdb - /scratch'];
const SNAPSHOT = ['mount_snapshot /p/one one /dev/xvdf /data'];

const instances: BootingInstance[] = [];
afterEach(() => instances.splice(0).forEach((instance) => instance.dispose()));

function boot(commands: readonly string[], options: BootOptions = {}): BootingInstance {
  const mountPoints = commands.map((command) => /(\/[\w/-]+)( rw| ro)?$/.exec(command)![1]!);
  const instance = new BootingInstance(options);
  instances.push(instance);
  // Below the directory, so that mkdir makes nothing elsewhere.
  const below = (text: string) => text.replace(/ (\/mnt|\/scratch|\/data)/g, ` ${instance.root}$1`);
  return instance.boot(
    mountScript(
      mountPoints.map((path) => `${instance.root}${path}`),
      commands.map(below),
    ),
  );
}

test('it is a shell script', () => {
  expect(isShell(mountScript(['/a'], []))).toBe(true);
});

describe('a file system', () => {
  test('is mounted by IAM and TLS, through its access point', () => {
    const instance = boot(EFS);
    expect(instance.exitCode).toBe(0);
    expect(instance.fstab()).toEqual([
      'fs-1:/ /mnt/shared efs _netdev,nofail,noresvport,tls,iam,accesspoint=fsap-1,rw 0 0',
    ]);
    expect(instance.calls('mount')).toEqual(['mount /mnt/shared']);
    expect(instance.agentStarts()).toBe(true);
  });

  test('before anything is mounted, the agent is kept from starting', () => {
    const instance = boot(EFS);
    const calls = instance.calls('systemctl', 'mount');
    expect(calls.indexOf('systemctl daemon-reload')).toBeLessThan(calls.indexOf('mount /mnt/shared'));
    expect(instance.read('etc/systemd/system/ecs.service.d/50-batch-foreman-mounts.conf')).toBe(
      '[Unit]\nRequiresMountsFor=/mnt/shared\n[Service]\nExecStartPre=/bin/mountpoint -q /mnt/shared\n',
    );
  });

  test('is tried again', () => {
    const instance = boot(EFS, { failing: { 'mount /': 3 } });
    expect(instance.calls('mount')).toHaveLength(4);
    expect(instance.calls('sleep')).toEqual(['sleep 6', 'sleep 6', 'sleep 6']);
    expect(instance.agentStarts()).toBe(true);
  });

  test('that cannot be mounted stops the agent, and says so', () => {
    const instance = boot(EFS, { failing: { 'mount /': 1000 } });
    expect(instance.exitCode).toBe(1);
    expect(instance.calls('mount')).toHaveLength(10);
    expect(instance.calls('logger')).toEqual([
      'logger -s -t batch-foreman /mnt/shared could not be mounted: the instance takes no jobs',
    ]);
    expect(instance.agentStarts()).toBe(false);
  });

  test('that comes back late lets the agent start at last, which systemd tries again and again', () => {
    const instance = boot(EFS, { failing: { 'mount /': 12 } });
    expect(instance.agentStarts()).toBe(false);
    instance.reboot();
    instance.reboot();
    instance.reboot();
    expect(instance.agentStarts()).toBe(true);
  });

  test('needs a helper, which an image may lack', () => {
    const instance = boot(EFS, { installed: [], failing: { 'yum install': 2 } });
    expect(instance.calls('yum')).toEqual(Array(3).fill('yum install -y amazon-efs-utils'));
    expect(instance.agentStarts()).toBe(true);
  });

  test('without its helper is not mounted', () => {
    const instance = boot(EFS, { installed: [], failing: { 'yum install': 1000 } });
    expect(instance.exitCode).toBe(1);
    expect(instance.agentStarts()).toBe(false);
  });
});

describe('a volume', () => {
  test('is formatted once, and mounted by its UUID', () => {
    const instance = boot(DEVICE, { devices: { xvdb: '' } });
    expect(instance.calls('mkfs')).toEqual(['mkfs -t xfs /dev/xvdb']);
    expect(instance.fstab()).toEqual(['UUID=uuid-of-xvdb /scratch xfs defaults,nofail 0 0']);
    expect(instance.agentStarts()).toBe(true);
  });

  test('with a file system on it is not formatted', () => {
    const instance = boot(DEVICE, { devices: { xvdb: 'xfs' } });
    expect(instance.calls('mkfs')).toEqual([]);
    expect(instance.agentStarts()).toBe(true);
  });

  test('that is not there stops the agent', () => {
    const instance = boot(DEVICE);
    expect(instance.exitCode).toBe(1);
    expect(instance.calls('sleep')).toHaveLength(59);
    expect(instance.agentStarts()).toBe(false);
  });

  test('that cannot be formatted stops the agent', () => {
    const instance = boot(DEVICE, { devices: { xvdb: '' }, failing: { mkfs: 1 } });
    expect(instance.exitCode).toBe(1);
    expect(instance.agentStarts()).toBe(false);
  });

  test('has what jobs write written to it within seconds', () => {
    const instance = boot(DEVICE, { devices: { xvdb: '' } });
    expect(instance.read('etc/sysctl.d/50-batch-foreman.conf')).toBe(
      'vm.dirty_expire_centisecs=500\nvm.dirty_writeback_centisecs=100\n',
    );
    expect(instance.calls('sysctl')).toEqual(['sysctl -q -p /etc/sysctl.d/50-batch-foreman.conf']);
  });
});

describe('a snapshot', () => {
  test('is made a volume in the zone of the instance, attached, and mounted as it is', () => {
    const instance = boot(SNAPSHOT);
    expect(instance.exitCode).toBe(0);
    expect(instance.calls('aws')).toEqual([
      'aws ssm get-parameter --name /p/one --query Parameter.Value --output text',
      'aws ec2 create-volume --snapshot-id snap-1 --availability-zone us-east-1b --volume-type gp3 ' +
        '--client-token i-1/dev/xvdfsnap-1 --query VolumeId --output text ' +
        '--tag-specifications ResourceType=volume,Tags=[{Key=batch-foreman:fan-out,Value=one}]',
      'aws ec2 attach-volume --volume-id vol-1 --instance-id i-1 --device /dev/xvdf',
    ]);
    expect(instance.calls('mkfs')).toEqual([]);
    expect(instance.fstab()).toEqual(['UUID=uuid-of-xvdf /data xfs defaults,nofail 0 0']);
    expect(instance.agentStarts()).toBe(true);
  });

  test('that is none yet is waited for, and then the agent stays away', () => {
    const instance = boot(SNAPSHOT, { parameter: 'none' });
    expect(instance.exitCode).toBe(1);
    expect(instance.calls('aws')).toHaveLength(30);
    expect(instance.calls('logger')[0]).toContain('no volume could be made of the snapshot in /p/one');
    expect(instance.agentStarts()).toBe(false);
  });

  test('that is deleted meanwhile is looked up again', () => {
    const instance = boot(SNAPSHOT, { failing: { 'create-volume': 1 } });
    expect(instance.calls('aws').map((call) => call.split(' ')[2])).toEqual([
      'get-parameter',
      'create-volume',
      'get-parameter',
      'create-volume',
      'attach-volume',
    ]);
    expect(instance.agentStarts()).toBe(true);
  });

  test('whose volume is not available at once is attached when it is', () => {
    const instance = boot(SNAPSHOT, { failing: { 'attach-volume': 4 } });
    expect(instance.calls('aws').filter((call) => call.includes('attach-volume'))).toHaveLength(5);
    expect(instance.calls('aws').filter((call) => call.includes('create-volume'))).toHaveLength(1);
    expect(instance.agentStarts()).toBe(true);
  });

  test('needs the metadata service', () => {
    const instance = boot(SNAPSHOT, { failing: { curl: 1000 } });
    expect(instance.exitCode).toBe(1);
    expect(instance.calls('aws')).toEqual([]);
    expect(instance.agentStarts()).toBe(false);
  });
});

describe('several mounts', () => {
  const ALL = [...EFS, ...DEVICE, ...SNAPSHOT];

  test('are mounted in their order', () => {
    const instance = boot(ALL, { devices: { xvdb: '' } });
    expect(instance.calls('mount')).toEqual(['mount /mnt/shared', 'mount /scratch', 'mount /data']);
    expect(instance.agentStarts()).toBe(true);
  });

  test('one that fails is enough to stop the agent', () => {
    const instance = boot(ALL, { devices: { xvdb: '' }, parameter: 'none' });
    expect(instance.calls('mount')).toEqual(['mount /mnt/shared', 'mount /scratch']);
    expect(instance.agentStarts()).toBe(false);
  });

  test('are there after another boot, and one that is not stops the agent', () => {
    const instance = boot(ALL, { devices: { xvdb: '' } });
    instance.reboot();
    expect(instance.agentStarts()).toBe(true);
    instance.unmount(`${instance.root}/data`);
    expect(instance.agentStarts()).toBe(false);
  });
});
