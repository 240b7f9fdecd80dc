import {
  amount,
  type Check,
  dataKey,
  distinct,
  dnsLabel,
  dnsSubdomain,
  each,
  innerPath,
  labelKey,
  nonNegative,
  port,
  portName,
  portNumber,
  range,
  ruled,
  unlessEmpty,
  variableName,
  words,
} from "../checks.ts";
import { quote } from "../json.ts";
import { type Parts, part } from "../part.ts";
import type { Place } from "../place.ts";
import { parseQuantity } from "../quantity.ts";
import type {
  ConfigMapKeySelector,
  Container,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  HTTPHeader,
  LifecycleHandler,
  ObjectFieldSelector,
  Probe,
  ResourceFieldSelector,
  ResourceRequirements,
  SecretKeySelector,
  SecurityContext,
  TCPSocketAction,
  VolumeMount,
} from "../tables/kinds.ts";

const portRange = ruled("container-port", portNumber);
const RUN_AS: Check<number> = range(0, 2 ** 31 - 1);

/** What a pod tells its containers of itself. */
const FIELDS_FOR_ENV = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const FIELDS_FOR_FILES = [
  "metadata.name",
  "metadata.namespace",
  "metadata.labels",
  "metadata.annotations",
  "metadata.uid",
];

function fieldPath(paths: readonly string[]): Check<ObjectFieldSelector> {
  return ({ apiVersion = "v1", fieldPath: path }, place) => {
    if (path === "") {
      place.at("fieldPath").required();
      return;
    }
    const [, map, key] = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/s.exec(path) ?? [];
    if (apiVersion !== "v1") place.at("fieldPath").invalid("fields are of apiVersion v1");
    else if (map !== undefined)
      labelKey(map.endsWith("s.annotations") ? key!.toLowerCase() : key!, place);
    else words(...paths)(path, place.at("fieldPath"));
  };
}
export const fieldForEnv: Check<ObjectFieldSelector> = fieldPath(FIELDS_FOR_ENV);
export const fieldForFile: Check<ObjectFieldSelector> = fieldPath(FIELDS_FOR_FILES);

const RESOURCE_FIELD = /^(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-.*)$/s;
const SIZE_DIVISORS = [
  "1",
  "1k",
  "1M",
  "1G",
  "1T",
  "1P",
  "1E",
  "1Ki",
  "1Mi",
  "1Gi",
  "1Ti",
  "1Pi",
  "1Ei",
];

function sameAsOneOf(texts: readonly string[], text: string): boolean {
  const value = parseQuantity(text);
  return value === 0n || texts.some((one) => parseQuantity(one) === value);
}

export const resourceField: Check<ResourceFieldSelector> = ({ resource, divisor = "0" }, place) => {
  if (resource === "") place.at("resource").required();
  else if (!RESOURCE_FIELD.test(resource)) {
    const known = "limits or requests of cpu, memory, ephemeral-storage or hugepages-…";
    place.at("resource").invalid(`${quote(resource)} is none of ${known}`);
  }
  const divisors = resource.endsWith(".cpu") ? ["1m", "1"] : SIZE_DIVISORS;
  if (RESOURCE_FIELD.test(resource) && !sameAsOneOf(divisors, divisor)) {
    place.at("divisor").invalid(`${quote(divisor)} is none of ${divisors.join(", ")}`);
  }
};

const HANDLERS = ["httpGet", "tcpSocket", "exec", "grpc"] as const;

/** Exactly one of the handlers must be set; errors are reported at the probe. */
function checkHandler(value: object, handlers: readonly string[], place: Place): void {
  const found = handlers.filter((name) => (value as Record<string, unknown>)[name] !== undefined);
  if (found.length === 1) return;
  const here = found.length === 0 ? "none" : found.join(" and ");
  const details = { rule: "probe-handler", at: "key" } as const;
  const message = `exactly one of ${handlers.join(", ")} is needed, here is ${here}`;
  if (found.length === 0) place.required(message, details);
  else place.at(found[1]!).forbidden(message, details);
}

const VARIABLE_SOURCES = [
  "fieldRef",
  "resourceFieldRef",
  "configMapKeyRef",
  "secretKeyRef",
  "fileKeyRef",
] as const;

export const containerParts: Parts = {
  ...part<Container>("core/v1.Container", {
    required: ["name"],
    fields: {
      name: ruled("container-name", dnsLabel),
      ports: (ports, place) => {
        distinct(
          ports,
          ({ name }) => name || undefined,
          (i, name, first) =>
            place
              .at(i, "name")
              .duplicate(name, { rule: "container-port-name", hint: `ports[${first}] has it` }),
        );
      },
    },
    check(container, place) {
      checkImage(container, place);
      checkProbes(container, place);
      checkDevices(container, place);
      if (
        (container.restartPolicyRules ?? []).length > 0 &&
        container.restartPolicy === undefined
      ) {
        place.at("restartPolicy").required("restartPolicyRules need a restartPolicy");
      }
      for (const [i, { action }] of (container.restartPolicyRules ?? []).entries()) {
        if (place.isBefore("1.36"))
          words("Restart")(action, place.at("restartPolicyRules", i, "action"));
      }
      if (container.restartPolicy !== undefined) {
        words("Always", "OnFailure", "Never")(container.restartPolicy, place.at("restartPolicy"));
      }
      const resizes = container.resizePolicy ?? [];
      distinct(
        resizes,
        ({ resourceName }) => resourceName,
        (i, name) => place.at("resizePolicy", i).duplicate(name),
      );
      each<(typeof resizes)[number]>(({ resourceName, restartPolicy }, at) => {
        words("cpu", "memory")(resourceName, at.at("resourceName"));
        words("NotRequired", "RestartContainer")(restartPolicy, at.at("restartPolicy"));
      })(resizes, place.at("resizePolicy"));
    },
  }),
  ...part<ContainerPort>("core/v1.ContainerPort", {
    fields: {
      name: unlessEmpty(ruled("container-port-name", portName)),
      containerPort: portRange,
      hostPort: portRange,
    },
  }),
  ...part<EnvVar>("core/v1.EnvVar", {
    required: ["name"],
    fields: { name: variableName },
    check({ value = "", valueFrom }, place) {
      if (value !== "" && valueFrom !== undefined) {
        place.at("valueFrom").invalid("value and valueFrom exclude each other", { at: "key" });
      }
    },
  }),
  ...part<EnvVarSource>("core/v1.EnvVarSource", {
    fields: { fieldRef: fieldForEnv, resourceFieldRef: resourceField },
    check(source, place) {
      const found = VARIABLE_SOURCES.filter((name) => source[name] !== undefined);
      if (found.length !== 1)
        place.invalid(`exactly one of ${VARIABLE_SOURCES.join(", ")} is needed`, { at: "key" });
    },
  }),
  ...part<ConfigMapKeySelector>("core/v1.ConfigMapKeySelector", {
    required: ["name", "key"],
    fields: { name: dnsSubdomain, key: dataKey },
  }),
  ...part<SecretKeySelector>("core/v1.SecretKeySelector", {
    required: ["name", "key"],
    fields: { name: dnsSubdomain, key: dataKey },
  }),
  ...part<EnvFromSource>("core/v1.EnvFromSource", {
    fields: { prefix: unlessEmpty(variableName) },
    check({ configMapRef, secretRef }, place) {
      if ((configMapRef === undefined) === (secretRef === undefined)) {
        place.invalid("exactly one of configMapRef and secretRef is needed");
      }
    },
  }),
  ...part<{ readonly name?: string }>("core/v1.ConfigMapEnvSource", {
    required: ["name"],
    fields: { name: dnsSubdomain },
  }),
  ...part<{ readonly name?: string }>("core/v1.SecretEnvSource", {
    required: ["name"],
    fields: { name: dnsSubdomain },
  }),
  ...part<Probe>("core/v1.Probe", {
    fields: {
      initialDelaySeconds: nonNegative,
      timeoutSeconds: nonNegative,
      periodSeconds: nonNegative,
      successThreshold: nonNegative,
      failureThreshold: nonNegative,
      terminationGracePeriodSeconds: range(1),
    },
    check: (probe, place) => checkHandler(probe, HANDLERS, place),
  }),
  ...part<LifecycleHandler>("core/v1.LifecycleHandler", {
    check: (hook, place) => checkHandler(hook, ["httpGet", "tcpSocket", "exec", "sleep"], place),
  }),
  ...part<HTTPGetAction>("core/v1.HTTPGetAction", {
    fields: { port: ruled("probe-handler", port) },
  }),
  ...part<TCPSocketAction>("core/v1.TCPSocketAction", {
    fields: { port: ruled("probe-handler", port) },
  }),
  ...part<GRPCAction>("core/v1.GRPCAction", {
    fields: { port: ruled("probe-handler", portNumber) },
  }),
  ...part<ExecAction>("core/v1.ExecAction", { required: ["command"] }),
  ...part<HTTPHeader>("core/v1.HTTPHeader", {
    fields: {
      name: (name, place) => {
        if (!/^[-A-Za-z0-9]+$/.test(name))
          place.invalid(`${quote(name)} is no name of a header: letters, digits and "-"`);
      },
    },
  }),
  ...part<VolumeMount>("core/v1.VolumeMount", {
    required: ["name", "mountPath"],
    fields: { subPath: unlessEmpty(innerPath), subPathExpr: unlessEmpty(innerPath) },
    check(
      { subPath = "", subPathExpr = "", readOnly, recursiveReadOnly, mountPropagation = "None" },
      place,
    ) {
      if (subPath !== "" && subPathExpr !== "") {
        place.at("subPathExpr").invalid("subPath and subPathExpr exclude each other");
      }
      const recursive = recursiveReadOnly ?? "Disabled";
      if (recursive === "Enabled" || recursive === "IfPossible") {
        if (readOnly !== true) place.at("recursiveReadOnly").forbidden("it needs readOnly: true");
        if (mountPropagation !== "None")
          place.at("recursiveReadOnly").forbidden("it needs mountPropagation: None");
      } else {
        words("Disabled", "Enabled", "IfPossible")(recursive, place.at("recursiveReadOnly"));
      }
    },
  }),
  ...part<ResourceRequirements>("core/v1.ResourceRequirements", {
    check({ limits = {}, requests = {}, claims = [] }, place) {
      for (const [name, value] of Object.entries(limits)) {
        const at = place.at("limits", name);
        containerResource(name, at);
        resourceAmount(name, value, at);
      }
      for (const [name, value] of Object.entries(requests)) {
        const at = place.at("requests", name);
        containerResource(name, at);
        resourceAmount(name, value, at);
        const limit = Object.hasOwn(limits, name) ? parseQuantity(limits[name]!) : undefined;
        const wanted = parseQuantity(value);
        if (limit === undefined) {
          if (isOvercommittable(name)) continue;
          const message = `${name} needs a limit as well: it can't be promised twice`;
          place.at("limits").required(message);
        } else if (wanted !== undefined && wanted !== limit && !isOvercommittable(name)) {
          at.invalid(`a request for ${name} has to be the same as its limit`);
        } else if (wanted !== undefined && wanted > limit) {
          at.invalid(`the request ${value} is more than the limit ${limits[name]}`);
        }
      }
      distinct(
        claims,
        ({ name, request = "" }) => `${name}/${request}`,
        (i, key) => place.at("claims", i).duplicate(key),
      );
      const huge = [...Object.keys(limits), ...Object.keys(requests)].some((name) =>
        name.startsWith("hugepages-"),
      );
      const sized = [limits, requests].some(
        (map) => Object.hasOwn(map, "cpu") || Object.hasOwn(map, "memory"),
      );
      if (huge && !sized)
        place.forbidden("huge pages need cpu or memory beside them", { at: "value" });
    },
  }),
  ...part<SecurityContext>("core/v1.SecurityContext", {
    fields: { runAsUser: RUN_AS, runAsGroup: RUN_AS, procMount: words("Default", "Unmasked") },
    check({ privileged, allowPrivilegeEscalation, capabilities }, place) {
      if (allowPrivilegeEscalation !== false) return;
      const at = place.at("allowPrivilegeEscalation");
      if (privileged === true) at.invalid("a privileged container can always gain privileges");
      // API servers check only this spelling; container runtimes treat SYS_ADMIN the same.
      if (capabilities?.add?.includes("CAP_SYS_ADMIN"))
        at.invalid("CAP_SYS_ADMIN can always gain privileges");
    },
  }),
  ...part<{ readonly type: string; readonly localhostProfile?: string }>("core/v1.SeccompProfile", {
    check: checkProfile,
    fields: { localhostProfile: unlessEmpty(innerPath) },
    required: ["type"],
  }),
  ...part<{ readonly type: string; readonly localhostProfile?: string }>(
    "core/v1.AppArmorProfile",
    {
      check: checkProfile,
      required: ["type"],
    },
  ),
};

function checkProfile(
  { type, localhostProfile }: { readonly type: string; readonly localhostProfile?: string },
  place: Place,
): void {
  if (type === "Localhost" && localhostProfile === undefined) {
    place.at("localhostProfile").required("a profile of type Localhost is a file");
  } else if (type !== "Localhost" && localhostProfile !== undefined) {
    place.at("localhostProfile").invalid("only a profile of type Localhost is a file");
  }
}

function checkImage({ image = "" }: Container, place: Place): void {
  if (image === "") {
    place
      .at("image")
      .required("a container needs an image", { rule: "container-image", usable: true });
  } else if (image.trim() !== image) {
    place.at("image").invalid("an image's name has no blanks around it");
  }
}

function checkProbes(
  { livenessProbe, startupProbe, readinessProbe }: Container,
  place: Place,
): void {
  for (const [name, probe] of Object.entries({ livenessProbe, startupProbe })) {
    if ((probe?.successThreshold ?? 1) === 1 || probe?.successThreshold === 0) continue;
    place
      .at(name, "successThreshold")
      .invalid("one success is enough for this probe: it has to be 1");
  }
  if (readinessProbe?.terminationGracePeriodSeconds === undefined) return;
  place
    .at("readinessProbe", "terminationGracePeriodSeconds")
    .invalid("a readiness probe ends nothing");
}

/** Devices, and what they must not share with mounts. */
function checkDevices({ volumeMounts = [], volumeDevices = [] }: Container, place: Place): void {
  distinct(
    volumeMounts,
    ({ mountPath }) => mountPath,
    (i, path) =>
      place
        .at("volumeMounts", i, "mountPath")
        .invalid(`something is mounted at ${quote(path)} already`),
  );
  const names = new Set(volumeMounts.map(({ name }) => name));
  const paths = new Set(volumeMounts.map(({ mountPath }) => mountPath));
  const devices = place.at("volumeDevices");
  distinct(
    volumeDevices,
    ({ name }) => name || undefined,
    (i, name) => devices.at(i, "name").duplicate(name),
  );
  distinct(
    volumeDevices,
    ({ devicePath }) => devicePath || undefined,
    (i, path) => devices.at(i, "devicePath").duplicate(path),
  );
  for (const [i, { name, devicePath }] of volumeDevices.entries()) {
    if (name === "") devices.at(i, "name").required();
    if (devicePath === "") devices.at(i, "devicePath").required();
    if (devicePath.split("/").includes(".."))
      devices.at(i, "devicePath").invalid('".." leads upwards');
    if (names.has(name)) devices.at(i, "name").invalid("the volume is mounted already");
    if (paths.has(devicePath)) devices.at(i, "devicePath").invalid("a volume is mounted there");
  }
}

const STANDARD_RESOURCES = ["cpu", "memory", "ephemeral-storage"];

/** cpu and memory may be overcommitted; other resources may not. */
function isOvercommittable(name: string): boolean {
  return isNative(name) && !name.startsWith("hugepages-");
}

function isNative(name: string): boolean {
  return !name.includes("/") || /^(?:.*\.)?kubernetes\.io\//.test(name);
}

function containerResource(name: string, place: Place): void {
  labelKey(name, place.as({ at: "key" }));
  if (name.includes("/") || STANDARD_RESOURCES.includes(name) || name.startsWith("hugepages-"))
    return;
  place.invalid(
    `there is no resource ${quote(name)}; others than ${STANDARD_RESOURCES.join(", ")} have a prefix`,
    { at: "key" },
  );
}

export function resourceAmount(name: string, value: string, place: Place): void {
  amount(value, place);
  const nanos = parseQuantity(value) ?? 0n;
  const whole = nanos % 1_000_000_000n === 0n;
  if (name.includes("/") && !isNative(name) && !whole)
    place.invalid(`${quote(value)} has to be a whole number`);
}
