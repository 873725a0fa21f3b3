const MINUTE = 60_000;
/** Ages count from here: what boots or has just begun says nothing about how long it will take. */
const YOUNGEST = MINUTE;
/** Longer uses are not reckoned with. */
const LONGEST = 48 * 60 * MINUTE;

/**
 * By how much a new job is expected to prolong the use of an instance that has been in use for a while, as a part of the
 * job's own expected run time: 1 for a new instance, the less the older it is.
 *
 * Lifetimes of processes and jobs are heavy-tailed, P(T > t) ≈ 1 / t: what has run for long is as likely as not to run for
 * as long again, while most of what is new is short (Harchol-Balter and Downey, "Exploiting process lifetime distributions
 * for dynamic load balancing", ACM TOCS 15(3), 1997). This is E[(new − rest)⁺] / E[new] under that law, cut at `LONGEST`.
 */
export function prolongation(age: number): number {
  return Math.log(1 + LONGEST / Math.max(age, YOUNGEST)) / Math.log(1 + LONGEST / YOUNGEST);
}

/**
 * What an instance in use costs a job that joins it, in the units of `cost`: to be compared with the cost of the
 * cheapest instance that the job could have for itself. One small job that comes late holds a large instance for as long
 * as it runs, so a large instance is closed to small jobs; with pools of one size, joining is never dearer.
 */
export function costOfJoining(cost: number, launchedAt: number, now: number): number {
  return cost * prolongation(now - launchedAt);
}
