import { validateDns1123Label } from "../../labels/dns-name.ts";
import type { Container, Probe } from "../pod.ts";
import type { PodTemplate } from "../pod-templates.ts";
import { isPortNumber, portNameProblem } from "../port-name.ts";
import { quote } from "../read-shape.ts";
import type { Rule } from "../rule.ts";

const containersRequired: Rule<PodTemplate> = {
  id: "containers-required",
  severity: "error",
  check({ path, spec }, report) {
    if (spec.containers.length > 0) return;
    report([...path, "spec", "containers"], "a pod needs at least one container");
  },
};

const containerName: Rule<PodTemplate> = {
  id: "container-name",
  severity: "error",
  check(template, report) {
    const first = new Map<string, string>();
    for (const { path, place, container } of containersOf(template)) {
      const { name } = container;
      for (const { message } of validateDns1123Label(name)) report([...path, "name"], message);
      const other = first.get(name);
      if (other === undefined) first.set(name, place);
      else report([...path, "name"], `the name ${quote(name)} is taken by ${other}`);
    }
  },
};

const containerPort: Rule<PodTemplate> = {
  id: "container-port",
  severity: "error",
  check(template, report) {
    for (const { path, container } of containersOf(template)) {
      for (const [i, { containerPort: port }] of (container.ports ?? []).entries()) {
        if (isPortNumber(port)) continue;
        const at = [...path, "ports", i, "containerPort"];
        report(at, `${port} is no port; ports go from 1 to 65535`);
      }
    }
  },
};

const containerPortName: Rule<PodTemplate> = {
  id: "container-port-name",
  severity: "error",
  check(template, report) {
    for (const { path, container } of containersOf(template)) {
      const first = new Map<string, number>();
      for (const [i, { name }] of (container.ports ?? []).entries()) {
        if (name === undefined || name === "") continue;
        const at = [...path, "ports", i, "name"];
        const problem = portNameProblem(name);
        if (problem !== undefined) report(at, problem);
        const other = first.get(name);
        if (other === undefined) first.set(name, i);
        else report(at, `the name ${quote(name)} is taken by ports[${other}]`);
      }
    }
  },
};

const containerImage: Rule<PodTemplate> = {
  id: "container-image",
  severity: "warning",
  check(template, report) {
    for (const { path, container } of containersOf(template)) {
      if (container.image !== undefined && container.image !== "") continue;
      report([...path, "image"], `container ${container.name} has no image; a cluster refuses it`);
    }
  },
};

const envName: Rule<PodTemplate> = {
  id: "env-name",
  severity: "error",
  check(template, report) {
    for (const { path, container } of containersOf(template)) {
      for (const [i, { name }] of (container.env ?? []).entries()) {
        if (/^[ -<>-~]+$/.test(name)) continue;
        const at = [...path, "env", i, "name"];
        report(at, `${quote(name)} is no name for a variable: printable ASCII without "="`);
      }
    }
  },
};

const probeHandler: Rule<PodTemplate> = {
  id: "probe-handler",
  severity: "error",
  check(template, report) {
    for (const { path, container } of containersOf(template)) {
      for (const kind of ["readinessProbe", "livenessProbe", "startupProbe"] as const) {
        const probe = container[kind];
        if (probe === undefined) continue;
        const handlers = handlersOf(probe);
        if (handlers.length !== 1) {
          const found = handlers.length === 0 ? "none" : handlers.join(" and ");
          const wanted = "exactly one of httpGet, tcpSocket, exec and grpc";
          report([...path, kind], `a probe needs ${wanted}, here is ${found}`, { at: "key" });
        }
        const port = probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port;
        const problem = port === undefined ? undefined : probePortProblem(port);
        if (problem !== undefined) report([...path, kind, handlers[0]!, "port"], problem);
      }
    }
  },
};

const hostName: Rule<PodTemplate> = {
  id: "pod-hostname",
  severity: "error",
  check({ path, spec }, report) {
    for (const field of ["hostname", "subdomain"] as const) {
      const name = spec[field];
      if (name === undefined || name === "") continue;
      for (const { message } of validateDns1123Label(name)) {
        report([...path, "spec", field], message);
      }
    }
  },
};

const dnsConfig: Rule<PodTemplate> = {
  id: "pod-dns",
  severity: "error",
  check({ path, spec: { dnsPolicy, dnsConfig: { nameservers = [] } = {} } }, report) {
    if (dnsPolicy !== "None" || nameservers.length > 0) return;
    report([...path, "spec", "dnsPolicy"], "dnsPolicy: None needs at least one name server", {
      hint: "write dnsConfig: { nameservers: [10.96.0.10] }, or leave dnsPolicy out",
    });
  },
};

const deadline: Rule<PodTemplate> = {
  id: "pod-deadline",
  severity: "error",
  check({ path, spec: { activeDeadlineSeconds: seconds } }, report) {
    if (seconds === undefined || (seconds >= 1 && seconds < 2 ** 31)) return;
    const message = `a pod is active for at least 1 second and at most ${2 ** 31 - 1}, not ${seconds}`;
    report([...path, "spec", "activeDeadlineSeconds"], message);
  },
};

function handlersOf(probe: Probe): string[] {
  return (["httpGet", "tcpSocket", "exec", "grpc"] as const).filter((name) => probe[name]);
}

function probePortProblem(port: number | string): string | undefined {
  if (typeof port === "string") return portNameProblem(port);
  return isPortNumber(port) ? undefined : `${port} is no port; ports go from 1 to 65535`;
}

function* containersOf({ path, spec }: PodTemplate): Generator<{
  path: (string | number)[];
  place: string;
  container: Container;
}> {
  for (const field of ["initContainers", "containers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) {
      yield { path: [...path, "spec", field, i], place: `${field}[${i}]`, container };
    }
  }
}

export const podRules: readonly Rule<PodTemplate>[] = [
  containersRequired,
  containerName,
  containerPort,
  containerPortName,
  containerImage,
  envName,
  probeHandler,
  hostName,
  dnsConfig,
  deadline,
];
