import type { RunningEngine } from "../../control/client.ts";
import type { Engine } from "../../engine/engine.ts";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { idOfKey, type ObjectKey } from "../../objects/object-key.ts";
import type { Pod } from "../../objects/pod.ts";
import { isClusterScoped } from "../../objects/resource.ts";
import type { Service } from "../../objects/service.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { requestedKinds } from "../get/requested-kinds.ts";
import { findInventory } from "../inventory.ts";
import { givenManifests } from "../manifest-options.ts";
import { noSuchObject } from "../no-such-object.ts";
import { formatSections, type Section } from "../section.ts";
import { describeAnything } from "./object.ts";
import { describePod } from "./pod.ts";
import { describeService } from "./service.ts";

export async function runDescribe(context: Context, { args, options }: Input): Promise<number> {
  const words = args.filter((word) => word !== undefined) as string[];
  const asked = options["namespace"] as string | undefined;
  const { engine, running } = await findInventory(context, givenManifests({ options }), {
    namespace: asked,
  });
  const [wanted] = requestedKinds(words, engine.store.kinds());
  const name = wanted?.names?.[0];
  if (wanted === undefined || name === undefined) {
    throw new CommandError(EXIT.usage, "name an object", "for example kubelane describe svc/web");
  }
  const own = asked ?? engine.view.standpoint.namespace;
  const namespace = isClusterScoped(wanted.groupKind) ? "" : own;
  const object = engine.store.get(wanted.groupKind, namespace, name);
  if (object === undefined) {
    throw noSuchObject(engine.store, { groupKind: wanted.groupKind, namespace, name });
  }
  const zone = running?.info.clusterDomain ?? "cluster.local";
  const origin = running && (await originOf(running, { kind: wanted.groupKind, namespace, name }));
  const local = running && wanted.groupKind === "Pod" ? await localOf(running, object) : [];
  const carried =
    running && wanted.groupKind === "Service" && (await carriageOf(running, { namespace, name }));
  const sections = [
    ...describeObject(object, engine, zone),
    ...(carried ? [carried] : []),
    ...local,
    ...(origin === undefined ? [] : [origin]),
  ];
  context.stdout.write(formatSections(sections, context.color));
  return EXIT.ok;
}

/** Where it is from, if it is not as a file says. */
async function originOf({ socketPath }: RunningEngine, key: ObjectKey) {
  const { originsOf } = await import("../../control/origins.ts");
  const { originLine } = await import("../origin-words.ts");
  const origin = (await originsOf(socketPath)).find((each) => idOfKey(each.key) === idOfKey(key));
  return origin && { title: "origin", lines: [originLine(origin)] };
}

/** What balances a Service between the pods of this machine. */
async function carriageOf(
  { socketPath }: RunningEngine,
  service: { readonly namespace: string; readonly name: string },
) {
  const { carriages } = await import("../../control/carriages.ts");
  const { carriageSection } = await import("../carriage-words.ts");
  return carriageSection(await carriages(socketPath), service);
}

/** What there is to say of a pod that runs on this machine. */
async function localOf({ socketPath }: RunningEngine, { metadata }: KubernetesObject) {
  const { localPlaces } = await import("../../control/local-places.ts");
  const { namesFromPod, portsOnMachine } = await import("./local-pod.ts");
  const place = (await localPlaces(socketPath)).find(
    ({ namespace, name }) => namespace === metadata.namespace && name === metadata.name,
  );
  if (place === undefined) return [];
  const ports = portsOnMachine(place);
  return [...(ports === undefined ? [] : [ports]), namesFromPod(place)];
}

function describeObject(object: KubernetesObject, engine: Engine, zone: string): Section[] {
  switch (groupKindOf(object)) {
    case "Service":
      return describeService(object as Service, engine, zone);
    case "Pod":
      return describePod(object as Pod, engine, zone);
    default:
      return describeAnything(object, engine.store);
  }
}
