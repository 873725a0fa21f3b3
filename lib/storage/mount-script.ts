import { dirname } from 'node:path/posix';

/** Where `mount_snapshot` says that a mount point is for a device of its own. */
const GATE = '/etc/systemd/system/ecs.service.d/50-batch-foreman-mounts.conf';

/**
 * A script that mounts volumes when an instance boots for the first time, and has them mounted when it boots again. The
 * first thing that it does is to keep the ECS agent from starting unless all are mounted: where one is missing, no job
 * lands. The agent goes on trying, so that a mount which comes late is not too late.
 *
 * cloud-init runs it before the agent starts, which waits for `cloud-final`.
 *
 * @param mountPoints in the order in which they are mounted
 * @param commands calls of the functions below, and whatever else is to be run before them
 */
export function mountScript(mountPoints: readonly string[], commands: readonly string[]): string[] {
  return ['set -uo pipefail', ...FUNCTIONS, `gate ${mountPoints.join(' ')}`, ...commands];
}

const WRITEBACK = '/etc/sysctl.d/50-batch-foreman.conf';

/** As text of the shell: words of ours are not quoted, since all that gets here has been checked. */
const FUNCTIONS = [
  `
fail() {
  logger -s -t batch-foreman "$*: the instance takes no jobs"
  exit 1
}

# attempts, seconds between them, command
retry() {
  local attempts=$1 seconds=$2
  shift 2
  until "$@"; do
    attempts=$((attempts - 1))
    [ "$attempts" -gt 0 ] || return 1
    sleep "$seconds"
  done
}

# The agent starts once everything is mounted, after this boot and after each other one.
gate() {
  mkdir -p ${dirname(GATE)}
  {
    echo '[Unit]'
    echo "RequiresMountsFor=$*"
    echo '[Service]'
    for path in "$@"; do echo "ExecStartPre=/usr/bin/mountpoint -q $path"; done
  } > ${GATE}
  systemctl daemon-reload || fail 'systemd'
}

# device as in fstab, mount point, type, options
add_mount() {
  mkdir -p "$2"
  grep -qs " $2 " /etc/fstab || echo "$1 $2 $3 $4 0 0" >> /etc/fstab
  systemctl daemon-reload
  retry 10 6 mounted "$2" || fail "$2 could not be mounted"
}

mounted() {
  mountpoint -q "$1" || mount "$1"
}

install() {
  yum install -y "$@"
}

# file system, access point, mount point, rw or ro
mount_efs() {
  command -v mount.efs > /dev/null || retry 10 6 install amazon-efs-utils || fail 'amazon-efs-utils'
  add_mount "$1:/" "$3" efs "_netdev,nofail,noresvport,tls,iam,accesspoint=$2,$4"
}

# device name, volume: prints the device under which the kernel has it
device_of() {
  local path
  for path in "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_\${2//-/}" "$1"; do
    [ -e "$path" ] && readlink -f "$path" && return
  done
  return 1
}

# device name, volume or -, mount point
mount_device() {
  local device uuid
  retry 60 2 device_of "$1" "$2" > /dev/null || fail "$1 is not there"
  device=$(device_of "$1" "$2")
  # What a snapshot holds is never formatted.
  [ "$2" != - ] || [ -n "$(blkid -o value -s TYPE "$device")" ] || mkfs -t xfs "$device" || fail "$1 could not be formatted"
  uuid=$(blkid -o value -s UUID "$device") || fail "$1 has no file system"
  add_mount "UUID=$uuid" "$3" xfs defaults,nofail
  # What a job has written reaches the disk within seconds, for a snapshot that is taken after its end.
  printf 'vm.dirty_expire_centisecs=500\\nvm.dirty_writeback_centisecs=100\\n' > ${WRITEBACK}
  sysctl -q -p ${WRITEBACK}
}`,
  `
# Amazon Linux 2023, or 2
install_cli() {
  install awscli-2 || install awscli
}

metadata() {
  local token
  token=$(curl -sfX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token) &&
    curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

# parameter, fan-out, device name: makes a volume of the newest snapshot and attaches it; what may change is read again
attach_snapshot() {
  local snapshot
  snapshot=$(aws ssm get-parameter --name "$1" --query Parameter.Value --output text) || return 1
  case $snapshot in snap-?*) ;; *) return 1 ;; esac
  case \${snapshot#snap-} in *[!0-9a-f]*) return 1 ;; esac
  volume=$(aws ec2 create-volume --snapshot-id "$snapshot" --availability-zone "$zone" --volume-type gp3 \\
    --client-token "$instance$3$snapshot" --query VolumeId --output text \\
    --tag-specifications "ResourceType=volume,Tags=[{Key=batch-foreman:fan-out,Value=$2}]") || return 1
  retry 20 3 attach "$volume" "$3"
}

attach() {
  device_of "$2" "$1" > /dev/null ||
    aws ec2 attach-volume --volume-id "$1" --instance-id "$instance" --device "$2" > /dev/null
}

# parameter, fan-out, device name, mount point
mount_snapshot() {
  local instance zone volume
  command -v aws > /dev/null || retry 10 6 install_cli || fail 'the AWS CLI'
  instance=$(retry 10 3 metadata instance-id) && zone=$(retry 10 3 metadata placement/availability-zone) &&
    AWS_DEFAULT_REGION=$(retry 10 3 metadata placement/region) || fail 'the instance metadata'
  export AWS_DEFAULT_REGION
  retry 30 15 attach_snapshot "$1" "$2" "$3" || fail "no volume could be made of the snapshot in $1"
  mount_device "$3" "$volume" "$4"
}`,
];
