/** The parts of a request's path. */
export interface ResourcePath {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Undefined for cluster-scoped resources and for all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** `status`, `log`; empty for the object itself. */
  readonly subresource: string;
  /** The path after the subresource: `proxy` forwards it. Begins with `/`, or is empty. */
  readonly rest: string;
}

/**
 * Reads the path of a resource:
 *
 * ```
 * /api/v1/PLURAL                                /apis/GROUP/VERSION/PLURAL
 * /api/v1/PLURAL/NAME[/SUBRESOURCE]
 * /api/v1/namespaces/NAMESPACE/PLURAL[/NAME[/SUBRESOURCE]]
 * ```
 *
 * `namespaces/x/status` and `namespaces/x/finalize` are subresources of the Namespace, not resources in it.
 * @param path without the query
 * @returns undefined for a path that names no resource
 * @throws URIError for a broken escape
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const [root, ...steps] = path.split("/").slice(1).map(decodeURIComponent);
  let group = "";
  if (root === "apis") group = steps.shift() ?? "";
  else if (root !== "api") return undefined;
  const version = steps.shift();
  if (version === undefined || version === "" || (root === "apis" && group === ""))
    return undefined;
  // Clients may end the path of a collection with a slash.
  if (steps.at(-1) === "") steps.pop();
  if (steps.length === 0 || steps.includes("")) return undefined;
  let namespace: string | undefined;
  if (steps[0] === "namespaces" && steps.length > 2 && !OF_NAMESPACES.has(steps[2]!)) {
    namespace = steps[1];
    steps.splice(0, 2);
  }
  const [plural, name, subresource = "", ...rest] = steps as [string, ...string[]];
  // No resource has such a name; the client means another path.
  if ([group, namespace, plural, name, subresource].some((step) => step === "." || step === ".."))
    return undefined;
  return {
    group,
    version,
    plural,
    namespace,
    name,
    subresource,
    rest: rest.length === 0 ? "" : `/${rest.join("/")}`,
  };
}

const OF_NAMESPACES: ReadonlySet<string> = new Set(["status", "finalize"]);
