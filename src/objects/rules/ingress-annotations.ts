import type { Ingress } from "../ingress.ts";
import { annotationProblem } from "../ingress-annotations.ts";
import type { Rule } from "../rule.ts";

/** Annotations by which other controllers take what an Ingress has no fields for. */
const OTHERS =
  /^(?:[a-z0-9-]+\.ingress\.kubernetes\.io|haproxy\.org|haproxy-ingress\.github\.io|konghq\.com|projectcontour\.io)\//;

/** What is served without them is another thing than in production, and nothing else tells. */
export const ingressAnnotation: Rule<Ingress> = {
  id: "ingress-annotation",
  severity: "warning",
  check({ metadata: { annotations = {} } }, report) {
    for (const [name, value] of Object.entries(annotations)) {
      const problem = OTHERS.test(name) ? annotationProblem(name, value) : undefined;
      if (problem === undefined) continue;
      report(["metadata", "annotations", name], problem, {
        at: "key",
        hint: "an HTTPRoute says the same in a way that every controller reads",
      });
    }
  },
};
