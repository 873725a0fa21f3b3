/** What has to become of the job before, for the next to run. */
export enum RunIf {
  /** It has succeeded. */
  SUCCESS = 'SUCCESS',
  /** It has failed, or could not run for a failure before it. Of several such conditions of a job one has to hold. */
  FAILURE = 'FAILURE',
  /** It is over, whatever became of it. */
  EITHER = 'EITHER',
}
