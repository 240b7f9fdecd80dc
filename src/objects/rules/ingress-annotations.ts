import type { Ingress } from "../ingress.ts";
import { isAnnotationDone } from "../ingress-annotations.ts";
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
      if (!OTHERS.test(name) || isAnnotationDone(name, value)) continue;
      report(
        ["metadata", "annotations", name],
        `${name} is another controller's, and not done here`,
        {
          at: "key",
          hint: "an HTTPRoute says the same in a way that every controller reads",
        },
      );
    }
  },
};
