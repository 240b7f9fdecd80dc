import type { StringMap } from "../../objects/object.ts";
import type { Pod } from "../../objects/pod.ts";
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  Volume,
  VolumeProjection,
} from "../../objects/tables/kinds.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { fieldReference, type PodFacts } from "../field-reference.ts";
import { bytesOf } from "../object-data.ts";
import { resourceReference } from "../resource-reference.ts";
import type { Payload, PayloadFile } from "./write-payload.ts";

export interface PayloadInput extends PodFacts {
  readonly store: StoreReader;
  /** A token that the Kubernetes API of this cluster accepts; undefined where none is served. */
  readonly apiToken: string | undefined;
}

/** A volume refers to something that is missing. */
export class MissingReference extends Error {}

const DEFAULT_MODE = 0o644;

/**
 * The files of a volume with generated content (ConfigMap, Secret, downward API, projected); undefined for any other
 * volume.
 * @throws MissingReference
 */
export function payloadOf(volume: Volume, input: PayloadInput): Payload | undefined {
  const sources = sourcesOf(volume);
  if (sources === undefined) return undefined;
  const { configMap, secret, projected, downwardAPI } = volume;
  const { defaultMode = DEFAULT_MODE } = configMap ?? secret ?? projected ?? downwardAPI ?? {};
  const payload = new Map<string, PayloadFile>();
  // A volume with a token also needs the API's certificate, from a ConfigMap that does not exist where no API is
  // served.
  const lenient = input.apiToken === undefined && sources.some((each) => each.serviceAccountToken);
  for (const source of sources) {
    for (const [path, { data, mode }] of filesOf(source, input, lenient)) {
      payload.set(checkedPath(path), { data, mode: mode ?? defaultMode });
    }
  }
  return payload;
}

/** The ConfigMaps and Secrets that a volume's files come from, as `Secret/certs`. */
export function referencesOf(volume: Volume): string[] {
  return (sourcesOf(volume) ?? []).flatMap(({ configMap, secret }) => [
    ...(configMap === undefined ? [] : [`ConfigMap/${configMap.name}`]),
    ...(secret === undefined ? [] : [`Secret/${secret.name}`]),
  ]);
}

/** Whether a volume contains fields of the pod. */
export function tellsOfPod(volume: Volume): boolean {
  return (sourcesOf(volume) ?? []).some(({ downwardAPI }) => downwardAPI !== undefined);
}

/** All these volumes are handled as projections of one or several sources. */
function sourcesOf({
  configMap,
  secret,
  projected,
  downwardAPI,
}: Volume): readonly VolumeProjection[] | undefined {
  if (configMap !== undefined) return [{ configMap }];
  if (secret !== undefined) {
    const { secretName, ...rest } = secret;
    return [{ secret: { ...rest, ...(secretName !== undefined && { name: secretName }) } }];
  }
  if (downwardAPI !== undefined) return [{ downwardAPI }];
  return projected?.sources ?? (projected === undefined ? undefined : []);
}

type SourceFile = readonly [path: string, file: { readonly data: Buffer; readonly mode?: number }];

function filesOf(source: VolumeProjection, input: PayloadInput, lenient: boolean): SourceFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap !== undefined) return keyFiles("ConfigMap", configMap, input, lenient);
  if (secret !== undefined) return keyFiles("Secret", secret, input, lenient);
  if (downwardAPI !== undefined)
    return (downwardAPI.items ?? []).map((item) => fieldFile(item, input));
  if (serviceAccountToken !== undefined && input.apiToken !== undefined) {
    return [[serviceAccountToken.path, { data: Buffer.from(input.apiToken) }]];
  }
  return [];
}

function keyFiles(
  kind: "ConfigMap" | "Secret",
  reference: {
    readonly name?: string;
    readonly items?: readonly KeyToPath[];
    readonly optional?: boolean;
  },
  { pod, store }: PayloadInput,
  lenient: boolean,
): SourceFile[] {
  const { name = "", items, optional = lenient } = reference;
  const namespace = pod.metadata.namespace ?? "";
  const data = bytesOf(kind, namespace, name, store);
  if (data === undefined) {
    if (optional) return [];
    throw new MissingReference(`${kind} ${namespace}/${name} not found`);
  }
  if (items === undefined || items.length === 0) {
    return [...data].map(([key, value]) => [key, { data: value }]);
  }
  return items.flatMap(({ key, path, mode }): SourceFile[] => {
    const value = data.get(key);
    if (value !== undefined) return [[path, { data: value, ...(mode !== undefined && { mode }) }]];
    if (optional) return [];
    throw new MissingReference(`no key "${key}" in ${kind} ${namespace}/${name}`);
  });
}

function fieldFile(
  { path, mode, fieldRef, resourceFieldRef }: DownwardAPIVolumeFile,
  input: PayloadInput,
): SourceFile {
  const text =
    fieldRef !== undefined
      ? fieldText(fieldRef.fieldPath, input)
      : resourceFieldRef && resourceText(resourceFieldRef, input.pod);
  return [path, { data: Buffer.from(text ?? ""), ...(mode !== undefined && { mode }) }];
}

/** The field's value as for a variable, or all labels or annotations. */
function fieldText(fieldPath: string, input: PayloadInput): string {
  const { labels, annotations } = input.pod.metadata;
  if (fieldPath === "metadata.labels") return linesOf(labels);
  if (fieldPath === "metadata.annotations") return linesOf(annotations);
  const found = fieldReference(fieldPath, input);
  if (found !== undefined) return found;
  throw new MissingReference(`no pod has a field "${fieldPath}" to refer to`);
}

function linesOf(map: StringMap = {}): string {
  const lines = Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`);
  return lines.join("\n");
}

function resourceText(
  reference: NonNullable<DownwardAPIVolumeFile["resourceFieldRef"]>,
  { spec: { containers, initContainers = [] } }: Pod,
): string | undefined {
  const { containerName } = reference;
  const container = [...containers, ...initContainers].find(({ name }) => name === containerName);
  if (container === undefined)
    throw new MissingReference(`no container "${containerName}" to refer to`);
  return resourceReference(reference, container);
}

/** The path was not validated; it must not lead out of the volume. */
function checkedPath(path: string): string {
  const isInside = path !== "" && !path.startsWith("/") && path.split("/").every(isPlainName);
  if (!isInside) throw new MissingReference(`${JSON.stringify(path)} is no path inside a volume`);
  return path;
}

const isPlainName = (name: string): boolean =>
  name !== "" && name !== "." && !name.startsWith("..");
