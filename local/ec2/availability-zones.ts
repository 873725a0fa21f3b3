/** The zones that the Region offers. */
export function availabilityZones(region: string): readonly string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
}

/** The zone's id, the same in every account: `us-east-1a` is `use1-az1`. */
export function zoneId(zone: string): string {
  const [area, direction, rest] = zone.split('-') as [string, string, string];
  const short = direction.replace(/north|south|east|west|central/g, (word) => word[0]!);
  const letter = rest.charCodeAt(rest.length - 1) - 'a'.charCodeAt(0) + 1;
  return `${area}${short}${rest.slice(0, -1)}-az${letter}`;
}
