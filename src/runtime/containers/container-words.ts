import type { Mount } from "../../network/mount.ts";
import type { StringMap } from "../../objects/object.ts";
import type { Container, Pod } from "../../objects/pod.ts";
import { expandVariables } from "../variable-expansion.ts";
import type { ContainerEngine } from "./container-engine.ts";

/** Everything about a container that the engine's command line contains. */
export interface ContainerPlan {
  readonly engine: ContainerEngine;
  readonly name: string;
  /** The label by which all containers of a run are found. */
  readonly label: string;
  readonly image: string;
  readonly pod: Pod;
  readonly container: Container;
  readonly variables: StringMap;
  /** A file with the variables that have a meaning for the engine's program itself. */
  readonly envFile: string | undefined;
  readonly mounts: readonly Mount[];
  /** The pod's network namespace; undefined: ports are published on the machine's loopback. */
  readonly namespace: string | undefined;
  /** Container port → port of the machine, for published ports. */
  readonly ports: ReadonlyMap<number, number>;
}

/** The command line that runs a container and ends with it. It doesn't contain the values of variables. */
export function runWords(plan: ContainerPlan): string[] {
  const { engine, name, label, image, pod, container, variables, envFile } = plan;
  const { workingDir, command = [], args = [] } = container;
  const expand = (word: string): string => expandVariables(word, variables);
  const [entryPoint, ...further] = command.map(expand);
  const passed = Object.keys(variables).filter((variable) => !isOfEngine(variable));
  return [
    ...[engine.program, "run", "--rm", "--pull=never", "--name", name, "--label", label],
    // The engine's own log would only be a second copy of the output that is read here.
    ...["--log-driver", "none", "--hostname", pod.spec.hostname ?? pod.metadata.name],
    // The user's files lack the label that SELinux requires for access from a container.
    ...["--security-opt", "label=disable"],
    ...(engine.name === "podman" ? ["--http-proxy=false"] : []),
    ...(container.stdin ? ["--interactive"] : []),
    ...(container.tty ? ["--tty"] : []),
    ...networkWords(plan),
    ...securityWords(pod, container),
    ...passed.flatMap((variable) => ["--env", variable]),
    ...(envFile === undefined ? [] : ["--env-file", envFile]),
    ...plan.mounts.flatMap(volumeWords),
    ...(workingDir ? ["--workdir", workingDir] : []),
    ...(entryPoint === undefined ? [] : ["--entrypoint", entryPoint]),
    image,
    ...further,
    ...args.map(expand),
  ];
}

/** The command line that runs a command in a container. */
export function execWords(
  { program }: ContainerEngine,
  name: string,
  command: readonly string[],
  { stdin, tty }: { readonly stdin: boolean; readonly tty: boolean },
): string[] {
  const interactive = stdin || tty ? ["--interactive"] : [];
  const terminal = tty ? ["--tty", "--env", "TERM=xterm"] : [];
  return [program, "exec", ...interactive, ...terminal, name, ...command];
}

/** The command line that kills a container. */
export function removeWords({ name: engine, program }: ContainerEngine, name: string): string[] {
  const ignoring = engine === "podman" ? ["--ignore", "--time", "0"] : [];
  return [program, "rm", "--force", "--volumes", ...ignoring, name];
}

/** Whether the engine's program itself uses a variable, so that its environment can't contain the container's value. */
export function isOfEngine(variable: string): boolean {
  return OF_ENGINE.test(variable);
}

const OF_ENGINE =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|TERM|TMPDIR|LANG|(?:LC|LD|GO|XDG|DBUS|SSH|SSL|LISTEN|STORAGE|CONTAINERS?|PODMAN|DOCKER|BUILDAH|REGISTRY)(?:_.*)?|GODEBUG|GOTRACEBACK|NOTIFY_SOCKET|KUBELANE_PROCESS|_.*|(?:https?|ftp|all|no)_proxy)$/i;

function volumeWords({ source, target, readOnly }: Mount): string[] {
  return ["--volume", `${source}:${target}${readOnly ? ":ro" : ""}`];
}

function networkWords({ namespace, ports, container }: ContainerPlan): string[] {
  if (namespace !== undefined) return ["--network", `ns:${namespace}`];
  const protocols = new Map(
    (container.ports ?? []).map(({ containerPort, protocol }) => [containerPort, protocol]),
  );
  return [...ports].flatMap(([port, local]) => {
    const protocol = (protocols.get(port) ?? "TCP").toLowerCase();
    return port === 0 ? [] : ["--publish", `127.0.0.1:${local}:${port}/${protocol}`];
  });
}

function securityWords({ spec }: Pod, { securityContext: own = {} }: Container): string[] {
  const ofPod = spec.securityContext ?? {};
  const user = own.runAsUser ?? ofPod.runAsUser;
  const group = own.runAsGroup ?? ofPod.runAsGroup;
  const { capabilities = {}, readOnlyRootFilesystem, privileged } = own;
  const words: string[] = [];
  if (user !== undefined) words.push("--user", `${user}${group === undefined ? "" : `:${group}`}`);
  if (ofPod.fsGroup !== undefined) words.push("--group-add", String(ofPod.fsGroup));
  for (const each of ofPod.supplementalGroups ?? []) words.push("--group-add", String(each));
  if (readOnlyRootFilesystem === true) words.push("--read-only");
  if (privileged === true) words.push("--privileged");
  for (const each of capabilities.drop ?? []) words.push("--cap-drop", each);
  for (const each of capabilities.add ?? []) words.push("--cap-add", each);
  return words;
}
