import { nearestName } from "../../diagnostics/nearest-name.ts";
import { quote } from "../json.ts";
import type { Rule } from "../rule.ts";
import type { Service } from "../service.ts";
import {
  ANNOTATION_PREFIX,
  PROXY_PROTOCOL_ANNOTATION,
  proxyProtocol,
  SESSION_AFFINITY_ANNOTATION,
  sessionRule,
} from "../service-annotations.ts";

const KNOWN = [
  {
    name: SESSION_AFFINITY_ANNOTATION,
    read: sessionRule,
    values: "cookie, cookie=NAME or header=NAME",
  },
  { name: PROXY_PROTOCOL_ANNOTATION, read: proxyProtocol, values: "v1 or v2" },
] as const;

/** Clusters accept any annotation, so nothing else would report a typing error in one of ours. */
export const serviceAnnotation: Rule<Service> = {
  id: "service-annotation",
  severity: "warning",
  check(service, report) {
    const { annotations = {} } = service.metadata;
    for (const [name, value] of Object.entries(annotations)) {
      if (!name.startsWith(ANNOTATION_PREFIX)) continue;
      const path = ["metadata", "annotations", name];
      const known = KNOWN.find((each) => each.name === name);
      if (known === undefined) {
        const names = KNOWN.map((each) => each.name);
        const near = nearestName(name, names);
        report(path, `${name} means nothing to kubelane`, {
          at: "key",
          hint: near === undefined ? `there are ${names.join(" and ")}` : `did you mean ${near}?`,
        });
      } else if (known.read(service) === undefined) {
        report(path, `${quote(value)} is nothing ${name} knows`, { hint: `write ${known.values}` });
      }
    }
  },
};
