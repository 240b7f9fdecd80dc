import type { Service } from "../objects/service.ts";
import type { Finding } from "./finding.ts";
import type { ObjectName } from "./name-shape.ts";
import type { Resolution } from "./resolution.ts";

/** What decided the answer at an ExternalName or below it (D.6). */
export function explainExternalName(
  { rcode, answers, type }: Resolution,
  shape: ObjectName,
  service: Service,
  title: string,
): Finding {
  const target = service.spec.externalName ?? "";
  if (shape.endpoint !== "" || shape.port !== "" || shape.protocol !== "") {
    const reason = `${title} is an ExternalName, and there are no names below it`;
    return { rule: "external-name-below", reason, hints: [`ask ${target} itself`] };
  }
  if (rcode === "NXDOMAIN") {
    const reason = `${title} is an ExternalName for ${target || "nothing"}, which is no name`;
    const hints = ["use a Service without selector and an EndpointSlice with that address"];
    const quirk = "CoreDNS answers an ExternalName that is an address with NXDOMAIN";
    return { rule: "external-name-is-address", reason, hints, quirk };
  }
  if (answers.length > 0) {
    const alone = type !== "CNAME" && answers.every((record) => record.type === "CNAME");
    const reason = `${title} is an ExternalName for ${target}`;
    const hints = alone ? [`${target} itself gave no ${type} record`] : [];
    return { rule: "answer", reason, hints };
  }
  if (type === "A" || type === "AAAA") {
    return {
      rule: "external-name-target",
      reason: `${title} is an ExternalName for ${target}, which has no ${type} record or leads back here`,
      hints: [`resolve ${target} to see why`],
      quirk: "CoreDNS drops a CNAME whose target in the same zone gives nothing",
    };
  }
  return {
    rule: "type-missing",
    reason: `${title} is an ExternalName for ${target}, and ${type} is not looked up there`,
    hints: [],
    quirk: "CoreDNS shows the CNAME for A, AAAA and CNAME only",
  };
}
