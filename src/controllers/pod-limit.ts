/** The largest size of a workload: more pods than any cluster has nodes for, or this process memory for. */
const MAX_PODS = 100_000;

/**
 * The number of pods that a workload asks for.
 * @throws RangeError beyond the limit, so that a typing error doesn't exhaust the memory.
 */
export function podCount(wanted: number): number {
  if (wanted <= MAX_PODS) return wanted;
  throw new RangeError(`${wanted} pods are more than are made for one workload here (${MAX_PODS})`);
}
