/** Something that jobs ask for and that can be short: the dimension `Resource` of metrics, and `resource` in events. */
export class CapacityResource {
  /** Processors. */
  static readonly VCPU = new CapacityResource('VCPU');
  /** Memory, in MiB. */
  static readonly MEMORY = new CapacityResource('MEMORY');
  /** Whole GPUs. */
  static readonly GPU = new CapacityResource('GPU');

  /**
   * A consumable resource of AWS Batch.
   *
   * @param name of the resource, not its ARN
   */
  static consumable(name: string): CapacityResource {
    return new CapacityResource(name);
  }

  /** @param name as metrics and events carry it */
  private constructor(readonly name: string) {}
}
