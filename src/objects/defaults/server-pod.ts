import { isRecord, type Json } from "../json.ts";
import type { Container, PodSpec, Volume } from "../tables/kinds.ts";
import { defaultPodSpec } from "./pod.ts";

/** Default mode of generated files in volumes: rw-r--r--. */
const MODE = 0o644;

/**
 * A pod's spec with all of an API server's defaults, even those without a use here, so that two specs that differ
 * only in defaults compare equal.
 */
export function completePodSpec(spec: PodSpec): Json {
  const filled = defaultPodSpec(spec);
  return {
    schedulerName: "default-scheduler",
    securityContext: {},
    serviceAccountName: "default",
    serviceAccount: spec.serviceAccountName ?? "default",
    preemptionPolicy: "PreemptLowerPriority",
    priority: 0,
    enableServiceLinks: true,
    ...filled,
    containers: filled.containers.map(completeContainer),
    initContainers: (filled.initContainers ?? []).map(completeContainer),
    volumes: (spec.volumes ?? []).map(completeVolume),
    tolerations: spec.tolerations ?? [],
  };
}

function completeContainer(container: Container): Json {
  const { image = "", lifecycle } = container;
  const latest = /(?:^|\/)[^/:@]+(?::latest)?$/.test(image);
  return {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: latest ? "Always" : "IfNotPresent",
    resources: {},
    ...container,
    ...(lifecycle === undefined ? {} : { lifecycle: withPaths(lifecycle) }),
  };
}

/** A request by HTTP is for `/`, unless said. */
function withPaths(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const made = Object.entries(value).map(([name, inner]) => {
    if (name !== "httpGet" || !isRecord(inner)) return [name, withPaths(inner)] as const;
    return [name, { path: "/", scheme: "HTTP", ...inner }] as const;
  });
  return Object.fromEntries(made);
}

function completeVolume({ name, ...source }: Volume): Json {
  const [[kind, value] = ["emptyDir", {}]] = Object.entries(source);
  const hasMode = ["secret", "configMap", "downwardAPI", "projected"].includes(kind);
  return {
    name,
    [kind]: { ...(hasMode ? { defaultMode: MODE } : {}), ...(isRecord(value) ? value : {}) },
  };
}
