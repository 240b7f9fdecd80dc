import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../../diagnostics/nearest-name.ts";
import type { Container, ContainerPort, EnvVar, Probe } from "../../objects/pod.ts";
import { servingContainers } from "../../objects/target-port.ts";
import type { ManifestSet } from "../manifest-set.ts";
import type { PodSource } from "../pod-source.ts";
import type { SetRule } from "../set-rule.ts";

/** A container of the set, and its path. */
interface ContainerUse {
  readonly source: PodSource;
  readonly container: Container;
  readonly path: FieldPath;
}

function* containersOf(source: PodSource): Generator<ContainerUse> {
  const { path, spec } = source.template;
  for (const field of ["initContainers", "containers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) {
      yield { source, container, path: [...path, "spec", field, i] };
    }
  }
}

function* allContainers(set: ManifestSet): Generator<ContainerUse> {
  for (const source of set.allPodSources()) yield* containersOf(source);
}

/** A port that a probe uses. */
interface ProbedPort extends ContainerUse {
  readonly port: string | number;
  /** Of the port. */
  readonly path: FieldPath;
}

function* probedPorts(set: ManifestSet): Generator<ProbedPort> {
  for (const { source, container, path } of allContainers(set)) {
    for (const kind of ["readinessProbe", "livenessProbe", "startupProbe"] as const) {
      const { httpGet, tcpSocket, grpc }: Probe = container[kind] ?? {};
      for (const [handler, asked] of Object.entries({ httpGet, tcpSocket, grpc })) {
        if (asked === undefined || ("host" in asked && (asked.host ?? "") !== "")) continue;
        yield { source, container, port: asked.port, path: [...path, kind, handler, "port"] };
      }
    }
  }
}

const probePortName: SetRule = {
  id: "probe-port-name",
  severity: "warning",
  check(set, report) {
    for (const { source, container, port, path } of probedPorts(set)) {
      const names = (container.ports ?? []).flatMap(({ name }) => name ?? []);
      if (typeof port !== "string" || names.includes(port) || /^[0-9]+$/.test(port)) continue;
      const near = nearestName(port, names);
      report(
        source.loaded,
        path,
        `container ${container.name} has no port named ${port}: the probe never succeeds`,
        {
          hint:
            near === undefined
              ? `name a container port ${port}, or write a number`
              : `did you mean ${near}?`,
        },
      );
    }
  },
};

const probePortNumber: SetRule = {
  id: "probe-port-number",
  severity: "warning",
  check(set, report) {
    for (const { source, container, port, path } of probedPorts(set)) {
      const own = container.ports ?? [];
      // Ports need not be declared; but a container that declares some probably declares all.
      if (typeof port !== "number" || own.length === 0) continue;
      const all = servingContainers(source.template.spec).flatMap(({ ports = [] }) => ports);
      if (all.some(({ containerPort }) => containerPort === port)) continue;
      const declared = own.map(({ containerPort }) => containerPort).join(", ");
      report(
        source.loaded,
        path,
        `container ${container.name} does not declare port ${port}, it declares ${declared}`,
        { hint: `probe one of them, or declare ${port} too` },
      );
    }
  },
};

const portDuplicate: SetRule = {
  id: "container-port-duplicate",
  severity: "warning",
  check(set, report) {
    for (const source of set.allPodSources()) {
      const serving = servingContainers(source.template.spec);
      const names = new Map<string, Container>();
      const numbers = new Map<string, Container>();
      for (const { container, path } of containersOf(source)) {
        if (!serving.includes(container)) continue;
        for (const [i, port] of (container.ports ?? []).entries()) {
          const at = [...path, "ports", i];
          const { name = "", containerPort } = port;
          const named = name === "" ? undefined : first(names, name, container);
          const numbered = first(numbers, listener(port), container);
          // A name that is used twice in one container is refused by another rule.
          if (named !== undefined && named !== container) {
            const message = `container ${named.name} has a port named ${name} too: Services that say ${name} lead to that one`;
            report(source.loaded, [...at, "name"], message, {
              hint: "give each port of a pod a name of its own",
            });
          } else if (numbered !== undefined) {
            const message =
              numbered === container
                ? `the port ${containerPort} is declared twice`
                : `container ${numbered.name} has port ${containerPort} too, and only one of them can listen on it`;
            report(source.loaded, [...at, "containerPort"], message, {
              hint: "containers of a pod share its address",
            });
          }
        }
      }
    }
  },
};

/** The container that used it first, when it is another one. */
function first(
  known: Map<string, Container>,
  key: string,
  container: Container,
): Container | undefined {
  const before = known.get(key);
  if (before === undefined) known.set(key, container);
  return before;
}

/** Resources that only one process of a pod can have. */
function listener({ protocol = "TCP", containerPort, hostIP = "" }: ContainerPort): string {
  return `${protocol} ${containerPort} ${hostIP}`;
}

const envDuplicate: SetRule = {
  id: "env-duplicate",
  severity: "warning",
  check(set, report) {
    for (const { source, container, path } of allContainers(set)) {
      const known = new Set<string>();
      for (const [i, variable] of (container.env ?? []).entries()) {
        const { name } = variable;
        if (known.has(name) && !extendsItself(variable)) {
          report(
            source.loaded,
            [...path, "env", i, "name"],
            `container ${container.name} has the variable ${name} twice, and only the last one counts`,
            { hint: "remove one of them; kubectl apply may keep the wrong one" },
          );
        }
        known.add(name);
      }
    }
  },
};

/** `PATH` with `$(PATH):/more` is listed twice on purpose. */
function extendsItself({ name, value = "" }: EnvVar): boolean {
  const own = `$(${name})`;
  return value.includes(own) && value !== own;
}

export const containerSetRules: readonly SetRule[] = [
  probePortName,
  probePortNumber,
  portDuplicate,
  envDuplicate,
];
