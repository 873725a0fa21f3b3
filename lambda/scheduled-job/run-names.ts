/** Names that come of what a run is: whoever looks for the run finds the same ones. */

/** `2026-01-05T02:30:00Z` */
export function isoTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Of the run of a schedule's time: `<schedule>-<yyyymmddThhmmssZ>`. */
export function scheduledRunName(schedule: string, time: number): string {
  return `${schedule}-${isoTime(time).replace(/[-:]/g, '')}`;
}

/** Of the run of a trigger's event. */
export function triggeredRunName(trigger: string, eventId: string): string {
  return `${trigger}-${eventId}`;
}
