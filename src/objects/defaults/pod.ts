import type { Container, Pod, PodSpec, PodTemplateSpec, Probe } from "../pod.ts";
import { change, changeEach, fill } from "./fill.ts";

const PROBE: Partial<Probe> = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

function defaultProbe(probe: Probe): Probe {
  return change(fill(probe, PROBE), "httpGet", (get) => fill(get, { path: "/", scheme: "HTTP" }));
}

function defaultContainer(container: Container): Container {
  let made = change(container, "ports", (ports) =>
    changeEach(ports, (port) => fill(port, { protocol: "TCP" })),
  );
  made = change(made, "readinessProbe", defaultProbe);
  made = change(made, "livenessProbe", defaultProbe);
  return change(made, "startupProbe", defaultProbe);
}

const SPEC: Partial<PodSpec> = {
  restartPolicy: "Always",
  dnsPolicy: "ClusterFirst",
  terminationGracePeriodSeconds: 30,
};

/** `kubectl debug` 1.36 crashes on a Pod without a securityContext: it knows none from API servers. */
const OF_PODS: Partial<PodSpec> = { enableServiceLinks: true, securityContext: {} };

/** A template gets every default of a Pod except those that depend on the Pod itself. */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  const made = change(fill(spec, SPEC), "containers", (list) => changeEach(list, defaultContainer));
  return change(made, "initContainers", (list) => changeEach(list, defaultContainer));
}

export function defaultTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return change(template, "spec", defaultPodSpec);
}

export function defaultPod(pod: Pod): Pod {
  return change(pod, "spec", (spec) => fill(defaultPodSpec(spec), OF_PODS));
}
