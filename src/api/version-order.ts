/**
 * Kubernetes' order of versions, by preference: general availability before beta before alpha, higher before lower,
 * and other names last, in alphabetical order.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left === undefined || right === undefined) {
    return left === right ? (a < b ? -1 : Number(a > b)) : left === undefined ? 1 : -1;
  }
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor;
}

function parseVersion(version: string) {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (major === undefined) return undefined;
  const stages = { alpha: 0, beta: 1 } as const;
  return {
    major: Number(major),
    stage: stage === undefined ? 2 : stages[stage as keyof typeof stages],
    minor: Number(minor ?? 0),
  };
}
