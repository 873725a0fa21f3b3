import { availabilityZones } from '../ec2/availability-zones';
import type { ExistingNetworks } from '../ports';
import type { Template } from './template';

const NETWORK_ID = /^(vpc|subnet)-[0-9a-f]{8}([0-9a-f]{9})?$/;

/**
 * An imported VPC and its subnets are literals in a template, found out when the app was synthesized: here they count as
 * existing. Their zones are not told, so the subnets take turns.
 */
export function adoptNetworks(template: Template, networks: ExistingNetworks, region: string): void {
  const zones = availabilityZones(region);
  const ids = [...new Set(literals(template.Resources))].filter((text) => NETWORK_ID.test(text));
  ids.filter((id) => id.startsWith('vpc-')).forEach((id) => networks.adoptVpc(id));
  ids
    .filter((id) => id.startsWith('subnet-'))
    .forEach((id, index) => networks.adoptSubnet(id, zones[index % zones.length]!));
}

function literals(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(literals) : [];
}
