// The same pods as in go/main.go, as objects read from JSON are.
const ENVS = ["prod", "dev", "test"];

export function podLabels(i) {
  return {
    app: `app-${i % 100}`,
    env: ENVS[i % 3],
    tier: `tier-${i % 5}`,
    team: `team-${i % 11}`,
    pod: `pod-${i}`,
  };
}

/** Label sets as they come out of JSON.parse, which is how pods reach a program. */
export function makePods(count) {
  return Array.from({ length: count }, (_, i) => JSON.parse(JSON.stringify(podLabels(i))));
}
