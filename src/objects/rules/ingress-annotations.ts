import type { Ingress } from "../ingress.ts";
import { annotationProblem } from "../ingress-annotations.ts";
import type { Rule } from "../rule.ts";

/** Annotations of other controllers that add features to Ingresses. */
const OTHERS =
  /^(?:[a-z0-9-]+\.ingress\.kubernetes\.io|haproxy\.org|haproxy-ingress\.github\.io|konghq\.com|projectcontour\.io)\//;

/** Without them an Ingress is served differently than in production, and nothing else would say so. */
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
