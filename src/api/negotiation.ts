import type { IncomingHttpHeaders } from "node:http";
import { notAcceptable } from "./status.ts";
import type { IncludeObject } from "./table.ts";

/** The representation in which objects are returned. */
export type Form = "object" | "table" | "partial";

const OFFERED = [
  "application/json",
  "application/yaml",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
];

/**
 * The offered representation that a client prefers. Protobuf and CBOR are skipped: clients that prefer them accept
 * JSON as well.
 * @throws StatusError NotAcceptable
 */
export function acceptedForm(headers: IncomingHttpHeaders): Form {
  const accept = headers.accept ?? "application/json";
  for (const range of accept.split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    if (!["application/json", "application/*", "*/*"].includes(type.toLowerCase())) continue;
    const values = new Map(
      parameters.map((parameter) => parameter.split("=", 2) as [string, string]),
    );
    const as = values.get("as");
    if (as === undefined) return "object";
    if (values.get("g") !== "meta.k8s.io" || values.get("v") !== "v1") continue;
    if (as === "Table") return "table";
    if (as.startsWith("PartialObjectMetadata")) return "partial";
  }
  throw notAcceptable(OFFERED);
}

/** Whether a client accepts aggregated discovery. */
export function acceptsAggregated({ accept = "" }: IncomingHttpHeaders): boolean {
  return (
    /application\/json;[^,]*g=apidiscovery\.k8s\.io/.test(accept) && /v=v2(?!beta)/.test(accept)
  );
}

export function includeObject(query: URLSearchParams): IncludeObject {
  const asked = query.get("includeObject");
  return asked === "None" || asked === "Object" ? asked : "Metadata";
}
