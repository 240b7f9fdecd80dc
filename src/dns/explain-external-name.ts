import type { Finding } from "./finding.ts";
import type { ServiceReason } from "./reason.ts";
import type { Resolution } from "./resolution.ts";

/** Puts into words what decided the answer for an ExternalName or a name below it (D.6). */
export function explainExternalName(
  { answers, type }: Resolution,
  { rule }: ServiceReason,
  target: string,
  title: string,
): Finding {
  const is = `${title} is an ExternalName for ${target || "nothing"}`;
  switch (rule) {
    case "external-name-below":
      return {
        reason: `${title} is an ExternalName, and there are no names below it`,
        hints: [`ask ${target} itself`],
      };
    case "external-name-is-address":
      return {
        reason: `${is}, which is no name`,
        hints: ["use a Service without selector and an EndpointSlice with that address"],
        quirk: "CoreDNS answers an ExternalName that is an address with NXDOMAIN",
      };
    case "answer": {
      const alone = type !== "CNAME" && answers.every((record) => record.type === "CNAME");
      return { reason: is, hints: alone ? [`${target} itself gave no ${type} record`] : [] };
    }
    case "external-name-target":
      return {
        reason: `${is}, which has no ${type} record or leads back here`,
        hints: [`resolve ${target} to see why`],
        quirk: "CoreDNS drops a CNAME whose target in the same zone gives nothing",
      };
    default:
      return {
        reason: `${is}, and ${type} is not looked up there`,
        hints: [],
        quirk: "CoreDNS shows the CNAME for A, AAAA and CNAME only",
      };
  }
}
