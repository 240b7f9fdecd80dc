import type { StringMap } from "../objects/object.ts";
import type { Container, EnvFromSource, EnvVar } from "../objects/pod.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { fieldReference, type PodFacts } from "./field-reference.ts";
import { textOf } from "./object-data.ts";
import { resourceReference } from "./resource-reference.ts";
import {
  apiServerLinks,
  type ServiceAddress,
  serviceLinks,
  variableName,
} from "./service-links.ts";
import { expandVariables } from "./variable-expansion.ts";

/** Which variables a process gets in addition to those of its container and its entry; all are on by default. */
export interface EnvironmentSources {
  /** The variables of this process: PATH, HOME and so on. */
  readonly inherit: boolean;
  /** `<SVC>_SERVICE_HOST` and the like, unless the pod says `enableServiceLinks: false`. */
  readonly serviceLinks: boolean;
  /** HOSTNAME, POD_NAME, POD_NAMESPACE, POD_IP. */
  readonly podInfo: boolean;
  /** PORT and PORT_<NAME>. */
  readonly ports: boolean;
  /** `envFrom` and `valueFrom`; when off, such variables are left out. */
  readonly references: boolean;
  /** Variables from the embedder: those for proxies. */
  readonly extra: boolean;
}

export const ALL_SOURCES: EnvironmentSources = {
  inherit: true,
  serviceLinks: true,
  podInfo: true,
  ports: true,
  references: true,
  extra: true,
};

export interface EnvironmentInput extends PodFacts {
  readonly container: Container;
  readonly store: StoreReader;
  readonly sources: EnvironmentSources;
  /** Container port → local port. */
  readonly ports: ReadonlyMap<number, number>;
  readonly serviceAddress: ServiceAddress;
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly extra: StringMap;
  /** The entry's `envFile` and `env`, which override all others. */
  readonly entry: StringMap;
}

export interface Environment {
  readonly variables: StringMap;
  /** Why the container can't be started: it refers to objects that do not exist. */
  readonly problems: readonly string[];
}

/**
 * A container's environment as the kubelet makes it, with what a process on a shared machine needs in addition. Later
 * ones override earlier ones: inherited, extra, service links, pod info, envFrom, env, PORT, the entry's own. PORT
 * overrides the template's, because several pods share one address here and each needs a port of its own.
 */
export function environmentOf(input: EnvironmentInput): Environment {
  const { container, pod, sources, entry } = input;
  const variables: Record<string, string> = Object.create(null);
  const problems: string[] = [];
  if (sources.inherit) Object.assign(variables, withoutUndefined(input.inherited));
  if (sources.extra) Object.assign(variables, input.extra);
  for (const [name, value] of linksFor(input)) variables[name] = value;
  if (sources.podInfo) {
    variables["HOSTNAME"] = pod.spec.hostname ?? pod.metadata.name;
    variables["POD_NAME"] = pod.metadata.name;
    variables["POD_NAMESPACE"] = pod.metadata.namespace ?? "";
    variables["POD_IP"] = input.podIP;
  }
  const assigned = sources.ports ? portVariables(container, input.ports) : new Map();
  for (const [name, value] of assigned) variables[name] = value;
  if (sources.references) {
    for (const source of container.envFrom ?? []) addAll(variables, source, input, problems);
    for (const [name, value] of assigned) variables[name] = value;
  }
  for (const variable of container.env ?? []) {
    const { name } = variable;
    if (assigned.has(name)) continue;
    if (!isVariableName(name)) continue;
    const own = Object.hasOwn(entry, name);
    const value = valueFor(variable, variables, input, own ? [] : problems);
    if (value !== undefined) variables[name] = value;
  }
  for (const [name, value] of Object.entries(entry)) {
    if (isVariableName(name)) variables[name] = expandVariables(value, variables);
  }
  return { variables, problems };
}

function linksFor({ pod, sources, store, serviceAddress }: EnvironmentInput): Map<string, string> {
  if (!sources.serviceLinks) return new Map();
  const { enableServiceLinks = true } = pod.spec;
  const { namespace = "" } = pod.metadata;
  const own = enableServiceLinks ? serviceLinks(namespace, store, serviceAddress) : [];
  return new Map([...apiServerLinks(store, serviceAddress), ...own]);
}

/** PORT for the first port, PORT_<NAME> and PORT_<number> for each. */
function portVariables(
  container: Container,
  ports: ReadonlyMap<number, number>,
): Map<string, string> {
  const variables = new Map<string, string>();
  for (const [containerPort, localPort] of ports) {
    if (!variables.has("PORT")) variables.set("PORT", String(localPort));
    if (containerPort !== 0) variables.set(`PORT_${containerPort}`, String(localPort));
  }
  for (const { name, containerPort } of container.ports ?? []) {
    const localPort = ports.get(containerPort);
    if (name === undefined || name === "" || localPort === undefined) continue;
    variables.set(`PORT_${variableName(name)}`, String(localPort));
  }
  return variables;
}

function valueFor(
  variable: EnvVar,
  variables: StringMap,
  input: EnvironmentInput,
  problems: string[],
): string | undefined {
  const { name, value = "", valueFrom } = variable;
  if (value !== "" || valueFrom === undefined) return expandVariables(value, variables);
  if (!input.sources.references) return undefined;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) {
    const found = fieldReference(fieldRef.fieldPath, input);
    if (found === undefined) {
      problems.push(`env ${name}: no pod has a field "${fieldRef.fieldPath}" to refer to`);
    }
    return found;
  }
  if (resourceFieldRef !== undefined) return resourceReference(resourceFieldRef, input.container);
  const reference = configMapKeyRef ?? secretKeyRef;
  if (reference === undefined) return undefined;
  const kind = configMapKeyRef === undefined ? "Secret" : "ConfigMap";
  const namespace = input.pod.metadata.namespace ?? "";
  const data = textOf(kind, namespace, reference.name ?? "", input.store);
  const found = data?.get(reference.key);
  if (found !== undefined || reference.optional === true) return found;
  problems.push(
    data === undefined
      ? `env ${name}: ${kind} ${namespace}/${reference.name} not found`
      : `env ${name}: no key "${reference.key}" in ${kind} ${namespace}/${reference.name}`,
  );
  return undefined;
}

function addAll(
  variables: Record<string, string>,
  { prefix = "", configMapRef, secretRef }: EnvFromSource,
  input: EnvironmentInput,
  problems: string[],
): void {
  const reference = configMapRef ?? secretRef;
  if (reference === undefined) return;
  const kind = configMapRef === undefined ? "Secret" : "ConfigMap";
  const namespace = input.pod.metadata.namespace ?? "";
  const data = textOf(kind, namespace, reference.name ?? "", input.store);
  if (data === undefined && reference.optional !== true) {
    problems.push(`envFrom: ${kind} ${namespace}/${reference.name} not found`);
  }
  for (const [key, value] of data ?? []) {
    if (isVariableName(prefix + key)) variables[prefix + key] = value;
  }
}

/** Keys of a ConfigMap that are not valid variable names are skipped, as by the kubelet. */
function isVariableName(name: string): boolean {
  return name !== "" && !/[=\0]/.test(name);
}

function withoutUndefined(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined) defined[name] = value;
  }
  return defined;
}
