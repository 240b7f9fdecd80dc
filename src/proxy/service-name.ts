import { append } from "../objects/append.ts";

/** What a name may mean, in the order in which a pod's resolver would try it. */
export interface NamedService {
  readonly namespace: string;
  readonly service: string;
  /** The pod of a headless Service. */
  readonly hostname?: string;
}

export interface NameScope {
  /** `cluster.local` */
  readonly clusterDomain: string;
  /** The namespace short names are taken from. */
  readonly defaultNamespace: string;
}

const LOCALHOST = ".localhost";

/**
 * The Services a host name may mean: `web`, `web.shop`, `web.shop.svc`, `web.shop.svc.cluster.local`, with a
 * pod's hostname in front where the Service is headless, and all of it below `.localhost`. Short names are
 * completed as the search list of a pod in the default namespace would: `<ns>.svc.<domain>`, then
 * `svc.<domain>`, then `<domain>`.
 * @param host lower case, without a final dot.
 */
export function servicesNamed(host: string, scope: NameScope): readonly NamedService[] {
  const name = host.endsWith(LOCALHOST) ? host.slice(0, -LOCALHOST.length) : host;
  const { clusterDomain, defaultNamespace } = scope;
  if (name.endsWith(`.${clusterDomain}`)) {
    const inCluster = name.slice(0, -clusterDomain.length - 1).split(".");
    return inCluster.at(-1) === "svc" ? full(inCluster.slice(0, -1)) : [];
  }
  const labels = name.split(".");
  const found = full([...labels, defaultNamespace]);
  append(found, full(labels));
  if (labels.at(-1) === "svc") append(found, full(labels.slice(0, -1)));
  return found;
}

function full(labels: readonly string[]): NamedService[] {
  const [a, b, c] = labels;
  if (labels.length === 2) return [{ service: a ?? "", namespace: b ?? "" }];
  if (labels.length === 3) return [{ hostname: a ?? "", service: b ?? "", namespace: c ?? "" }];
  return [];
}
