import { splitName } from "./wire/name.ts";

/** What a name in a zone asks for, by its labels before the zone (D.3). */
export type NameShape =
  /** The zone itself, `svc` or `pod`: it exists, but has no records. */
  | { readonly kind: "root" }
  | { readonly kind: "invalid"; readonly labels: readonly string[] }
  | ObjectName;

/** Absent labels are empty. */
export interface ObjectName {
  readonly kind: "object";
  readonly tree: "svc" | "pod";
  readonly namespace: string;
  /** The name of a Service, or a pod's address with dashes. */
  readonly name: string;
  readonly endpoint: string;
  readonly port: string;
  readonly protocol: string;
  /** The cluster an endpoint is in (multi-cluster zones only, D.17). */
  readonly cluster: string;
  /** Whether the name has the two labels of a port and a protocol (`_http._tcp.web…`). */
  readonly underscored: boolean;
  /** The topology zone of `<zone>.pin._zone.…` and `<zone>.prefer._zone.…` (D.14). */
  readonly topologyZone: string;
  readonly preferZone: boolean;
}

const ROOT: NameShape = { kind: "root" };

/** @param lowerName in lower case, in the zone. */
export function shapeOf(
  lowerName: string,
  zone: string,
  options: { readonly multicluster: boolean; readonly zonal: boolean },
): NameShape {
  const rest = zone === "." ? lowerName : lowerName.slice(0, -zone.length);
  const labels = splitName(rest);
  const count = labels.length;
  if (count === 0) return ROOT;
  const tree = labels[count - 1];
  if (tree !== "svc" && tree !== "pod") return { kind: "invalid", labels };
  if (count === 1) return ROOT;
  const shape = {
    kind: "object" as const,
    tree: tree as "svc" | "pod",
    namespace: labels[count - 2] as string,
    name: count > 2 ? (labels[count - 3] as string) : "",
    endpoint: "",
    port: "",
    protocol: "",
    cluster: "",
    underscored: false,
    topologyZone: "",
    preferZone: false,
  };
  if (count <= 3) return shape;
  if (count === 4) return { ...shape, endpoint: labels[0] as string };
  if (count === 5) {
    const [left, right] = labels as [string, string];
    return options.multicluster && !left.startsWith("_") && !right.startsWith("_")
      ? { ...shape, endpoint: left, cluster: right }
      : { ...shape, port: bare(left), protocol: bare(right), underscored: true };
  }
  const directive = labels[count - 5];
  if (
    options.zonal &&
    !options.multicluster &&
    tree === "svc" &&
    labels[count - 4] === "_zone" &&
    (directive === "pin" || directive === "prefer")
  ) {
    const topologyZone = labels.slice(0, count - 5).join(".");
    return { ...shape, topologyZone, preferZone: directive === "prefer" };
  }
  return { kind: "invalid", labels };
}

function bare(label: string): string {
  return label.startsWith("_") ? label.slice(1) : label;
}
