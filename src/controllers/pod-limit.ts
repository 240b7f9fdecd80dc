/** More pods of one workload than any cluster has nodes for, and than this process has memory for. */
const MAX_PODS = 100_000;

/**
 * The number of pods that a workload wants.
 * @throws RangeError for more than are made here, so that a slip of the finger ends nobody's process.
 */
export function podCount(wanted: number): number {
  if (wanted <= MAX_PODS) return wanted;
  throw new RangeError(`${wanted} pods are more than are made for one workload here (${MAX_PODS})`);
}
