import { agentConfig } from '../../../local/ecs/agent-config';

const script = (...lines: string[]): string => ['#!/bin/bash', ...lines].join('\n');

test.each([
  ['echo', script('echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config')],
  ['echo in quotes', script('echo "ECS_CLUSTER=jobs" >>/etc/ecs/ecs.config')],
  ['echo -e', script('echo -e "A=b\\nECS_CLUSTER=jobs" > /etc/ecs/ecs.config')],
  ['printf', script("printf 'ECS_CLUSTER=%s\\n' jobs >> /etc/ecs/ecs.config")],
  ['sudo and a chain', script('sudo mkdir -p /etc/ecs && echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config; reboot')],
  ['tee', script('echo ECS_CLUSTER=jobs | sudo tee -a /etc/ecs/ecs.config > /dev/null')],
  ['a here-document', script("cat <<'EOF' >> /etc/ecs/ecs.config", 'ECS_CLUSTER=jobs', 'EOF')],
  ['a here-document into tee', script('tee /etc/ecs/ecs.config <<EOF', 'ECS_CLUSTER=jobs', 'EOF', 'echo done')],
  ['a variable', script('NAME=jobs', 'echo ECS_CLUSTER=${NAME} >> /etc/ecs/ecs.config')],
  [
    'a variable in a here-document',
    script('export NAME=jobs', 'cat >> /etc/ecs/ecs.config <<END', 'ECS_CLUSTER=$NAME', 'END'),
  ],
  ['a condition', script('if true; then echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config; fi')],
  [
    'the last of several',
    script('echo ECS_CLUSTER=a >> /etc/ecs/ecs.config', 'echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config'),
  ],
  [
    'a MIME archive',
    [
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="==PART=="',
      '',
      '--==PART==',
      'Content-Type: text/cloud-config; charset="us-ascii"',
      '',
      'runcmd: []',
      '--==PART==',
      'Content-Type: text/x-shellscript; charset="us-ascii"',
      '',
      '#!/bin/bash',
      'echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config',
      '',
      '--==PART==--',
    ].join('\r\n'),
  ],
  [
    'a MIME part in base64',
    [
      'Content-Type: multipart/mixed; boundary=XX',
      '',
      '--XX',
      'Content-Type: text/x-shellscript',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(script('echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config')).toString('base64'),
      '--XX--',
    ].join('\n'),
  ],
  [
    'a MIME archive in a MIME archive',
    [
      'Content-Type: multipart/mixed; boundary="OUTER"',
      '',
      '--OUTER',
      'Content-Type: multipart/mixed; boundary="INNER"',
      '',
      '--INNER',
      'Content-Type: text/x-shellscript',
      '',
      'echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config',
      '--INNER--',
      '--OUTER--',
    ].join('\n'),
  ],
])('the cluster is read from %s', (_, userData) => {
  expect(agentConfig(userData).cluster).toBe('jobs');
});

test.each([
  ['nothing', ''],
  ['another file', script('echo ECS_CLUSTER=jobs >> /tmp/ecs.config')],
  ['a comment', script('# echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config')],
  [
    'a file overwritten later',
    script('echo ECS_CLUSTER=jobs >> /etc/ecs/ecs.config', 'echo A=b > /etc/ecs/ecs.config'),
  ],
  ['an undefined variable', script('echo ECS_CLUSTER=$NAME >> /etc/ecs/ecs.config')],
  ['a broken line', script('echo ECS_CLUSTER=${ >> /etc/ecs/ecs.config')],
  [
    'another part of a MIME archive',
    'Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/plain\n\necho ECS_CLUSTER=jobs >> /etc/ecs/ecs.config\n--X--',
  ],
])('no cluster is read from %s', (_, userData) => {
  expect(agentConfig(userData).cluster).toBeUndefined();
});

test('GPU support, Spot draining and reserved memory are off until they are set', () => {
  expect(agentConfig('')).toEqual({
    cluster: undefined,
    gpuSupport: false,
    spotDraining: false,
    logsByExecutionRole: false,
    reservedMemoryMiB: 0,
  });
  const userData = script(
    'cat <<EOF >> /etc/ecs/ecs.config',
    'ECS_CLUSTER=jobs',
    'ECS_ENABLE_GPU_SUPPORT=true',
    'ECS_ENABLE_SPOT_INSTANCE_DRAINING="true"',
    'ECS_RESERVED_MEMORY=256',
    'EOF',
  );
  expect(agentConfig(userData)).toMatchObject({
    cluster: 'jobs',
    gpuSupport: true,
    spotDraining: true,
    reservedMemoryMiB: 256,
  });
});
