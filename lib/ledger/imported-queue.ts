import * as batch from 'aws-cdk-lib/aws-batch';

/** Whether somebody else has made a queue: other programs may look after its jobs. */
export function isImported(queue: batch.IJobQueue): boolean {
  return !(queue.node.defaultChild instanceof batch.CfnJobQueue);
}
