/** Where instances may be launched. */
export interface Placement {
  readonly availabilityZone: string;
  /** Absent in a group that names only zones: their default subnets. */
  readonly subnetId?: string;
}

export function zonesOf(placements: readonly Placement[]): string[] {
  return [...new Set(placements.map(({ availabilityZone }) => availabilityZone))];
}

/** As the details of activities and events have it. */
export function placementDetails(placement: Placement): Record<string, string> {
  return {
    ...(placement.subnetId !== undefined && { 'Subnet ID': placement.subnetId }),
    'Availability Zone': placement.availabilityZone,
  };
}
