import { nearestName } from "../diagnostics/nearest-name.ts";
import { SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import { isClusterScoped } from "../objects/resource.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit-code.ts";

export interface WantedObject {
  readonly groupKind: string;
  /** Undefined: any. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** How many existing names are listed where none is similar. */
const SHOWN = 5;

/** The message that an object does not exist, with the one that was probably meant. */
export function noSuchObject(
  store: StoreReader,
  { groupKind, namespace, name }: WantedObject,
): CommandError {
  const kind = groupKind.split(".", 1)[0];
  const scoped = namespace !== undefined && !isClusterScoped(groupKind);
  const where = scoped ? ` in namespace ${namespace}` : "";
  const all = store.list(groupKind).map(({ metadata }) => metadata);
  const here = all.filter((metadata) => !scoped || metadata.namespace === namespace);
  const elsewhere = all
    .filter((metadata) => metadata.name === name)
    .flatMap((metadata) => metadata.namespace ?? [])
    .sort();
  const [first, ...others] = elsewhere;
  const hint =
    first === undefined
      ? (endpointsHint(store, groupKind, name) ??
        namesHint(
          name,
          here.map((each) => each.name),
        ))
      : others.length === 0
        ? `there is one in namespace ${first}: add -n ${first}`
        : `there is one in each of the namespaces ${elsewhere.join(", ")}: add -n ${first}, for example`;
  return new CommandError(EXIT.no, `there is no ${kind} "${name}"${where}`, hint);
}

function namesHint(name: string, names: readonly string[]): string | undefined {
  const near = nearestName(name, names);
  if (near !== undefined) return `did you mean ${near}?`;
  if (names.length === 0) return undefined;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `there are ${[...names].sort().slice(0, SHOWN).join(", ")}${more}`;
}

/**
 * Explains missing Endpoints: for Services with a selector they are not made here.
 * @param name of the Service; undefined: of all.
 */
export function endpointsHint(
  store: StoreReader,
  groupKind: string,
  name?: string,
): string | undefined {
  if (groupKind !== "Endpoints") return undefined;
  const slices = store.list("EndpointSlice.discovery.k8s.io");
  const isOurs = (service: string | undefined) => name === undefined || service === name;
  if (!slices.some(({ metadata }) => isOurs(metadata.labels?.[SERVICE_NAME_LABEL])))
    return undefined;
  const which = name === undefined ? "" : ` -l ${SERVICE_NAME_LABEL}=${name}`;
  return `Endpoints are deprecated; what a Service leads to stands in EndpointSlices: kubelane get endpointslices${which}`;
}
