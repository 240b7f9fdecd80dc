import type { OwnImage } from "../../manifests/local-config.ts";
import type { Mount } from "../../network/mount.ts";
import type { StringMap } from "../../objects/object.ts";
import type { EnvironmentInput } from "../environment.ts";
import { type Launch, variablesFor } from "../launch.ts";
import { LaunchProblem } from "../launch-problem.ts";
import type { PodHome } from "../pod-home.ts";
import type { PodVolumes } from "../volumes/pod-volumes.ts";
import type { ContainerEngine } from "./container-engine.ts";
import { execWords, isOfEngine, runWords } from "./container-words.ts";
import type { Containers } from "./containers.ts";

/**
 * The pod's name service files that a container gets, too; the container's own libc decides how names are looked up.
 */
const NAME_FILES = ["/etc/resolv.conf", "/etc/hosts"];

/** A container is given the variables that a kubelet would set: its ports are its own. */
const SOURCES = { inherit: false, ports: false, extra: false };

/**
 * A container of its own image, run by an engine.
 * @param onFetch called when its image has to be fetched, with the engine's name
 * @throws LaunchProblem
 */
export async function containerLaunch(
  entry: OwnImage,
  input: Omit<EnvironmentInput, "entry">,
  home: PodHome,
  volumes: PodVolumes,
  containers: Containers,
  onFetch: (engine: string) => void,
): Promise<Launch> {
  const { container, pod, ports } = input;
  const { namespace } = home;
  const { image = "", imagePullPolicy } = container;
  const { engine } = containers;
  const isNeverFetched = imagePullPolicy === "Never";
  const found = await containers.image(engine, image, isNeverFetched, () => onFetch(engine.name));
  const sources = { ...input.sources, ...SOURCES };
  if (namespace !== undefined && namespace.path === undefined) {
    const message = `the network of pods is one that ${engine.name} can't join, as it was made before a container was asked for; start \`up\` again`;
    throw new LaunchProblem("FailedCreatePodSandBox", message);
  }
  const variables = variablesFor(entry, { ...input, sources });
  const mounts = volumes.mountsOf(container, variables);
  const into = await home.entryWith?.(mounts);
  const name = containers.nameFor(engine, pod.metadata.name, container.name);
  const command = runWords({
    engine,
    name,
    label: containers.label,
    image: found.id,
    pod,
    container,
    variables,
    envFile: envFileOf(container.name, variables, volumes),
    mounts: [...mounts, ...nameFiles(container.name, namespace?.files, volumes, mounts)],
    namespace: namespace?.path,
    ports,
  });
  return {
    command,
    cwd: "/",
    env: clientVariables(variables),
    ports,
    home,
    container: engineRun(containers, engine, name, found.stopSignal),
    ...(into && { entry: into }),
  };
}

function engineRun(
  containers: Containers,
  engine: ContainerEngine,
  name: string,
  stopSignal: NodeJS.Signals,
): NonNullable<Launch["container"]> {
  return {
    stopSignal,
    clear: () => containers.remove(engine, name),
    wordsBeside: (command, how) => execWords(engine, name, command, how),
  };
}

/** The environment of the engine's program: its own variables, and those that it passes on to the container by name. */
function clientVariables(variables: StringMap): StringMap {
  const passed = Object.entries(variables).filter(([name]) => !isOfEngine(name));
  const own = Object.entries(process.env).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
  return Object.fromEntries([...own, ...passed]);
}

/** @throws LaunchProblem for a value that an env file can't contain */
function envFileOf(
  container: string,
  variables: StringMap,
  volumes: PodVolumes,
): string | undefined {
  const own = Object.entries(variables).filter(([name]) => isOfEngine(name));
  const [broken] = own.find(([, value]) => /[\r\n]/.test(value)) ?? [];
  if (broken !== undefined) {
    const message = `env ${broken}: its value has several lines, which engines take for no variable of this name; set another value under \`env\` of its entry in kubelane.yaml`;
    throw new LaunchProblem("CreateContainerConfigError", message);
  }
  if (own.length === 0) return undefined;
  const text = own.map(([name, value]) => `${name}=${value}\n`).join("");
  return volumes.file(`${container}.env`, text, 0o600);
}

function nameFiles(
  container: string,
  files: ReadonlyMap<string, string> | undefined,
  volumes: PodVolumes,
  mounts: readonly Mount[],
): Mount[] {
  return NAME_FILES.flatMap((target) => {
    const text = files?.get(target);
    if (text === undefined || mounts.some((mount) => mount.target === target)) return [];
    const source = volumes.file(`${container}${target.replaceAll("/", ".")}`, text, 0o644);
    return [{ source, target, isFile: true, readOnly: false }];
  });
}
