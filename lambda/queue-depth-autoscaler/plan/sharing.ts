const MINUTE = 60_000;
/** Run times are taken to spread evenly over orders of magnitude, between these two. */
const SHORTEST = MINUTE;
const LONGEST = 48 * 60 * MINUTE;

/**
 * By how much a new job is expected to prolong the use of an instance that has been in use for a while, as a part of the
 * job's own run time: 1 for a new instance, the less the older it is. What has run long is likely to run on for as long
 * again, and a new job is likely to be short.
 *
 * Uptime of processes and jobs is close to uniform in its logarithm, whence a conditional life that grows with age:
 * Downey, "Predicting queue times on space-sharing parallel computers", IPPS 1997.
 */
export function prolongation(age: number): number {
  return Math.log(1 + LONGEST / Math.max(age, SHORTEST)) / Math.log(1 + LONGEST / SHORTEST);
}

/**
 * What an instance in use costs a job that joins it, in the units of `cost`: to be compared with the cost of the
 * cheapest instance that the job could have for itself. One small job that comes late holds a large instance for as long
 * as it runs, so a large instance is closed to small jobs; with pools of one size, joining is never dearer.
 */
export function costOfJoining(cost: number, launchedAt: number, now: number): number {
  return cost * prolongation(now - launchedAt);
}
