import { validateNodeSelector } from "../../labels/node-selector.ts";
import {
  address,
  amount,
  type Check,
  distinct,
  dnsLabel,
  dnsSubdomain,
  each,
  labelKey,
  labelMap,
  labelValue,
  positive,
  range,
  ruled,
  unlessEmpty,
  words,
} from "../checks.ts";
import { quote } from "../json.ts";
import { type Parts, part } from "../part.ts";
import type { Place } from "../place.ts";
import type {
  Container,
  HostAlias,
  LabelSelector,
  NodeSelector,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodDNSConfig,
  PodSecurityContext,
  PodSpec,
  PreferredSchedulingTerm,
  Toleration,
  TopologySpreadConstraint,
  Volume,
  WeightedPodAffinityTerm,
} from "../tables/kinds.ts";
import { checkVolumeNames } from "./volumes.ts";

const ID: Check<number> = range(0, 2 ** 31 - 1);
const weight: Check<number> = range(1, 100);

export const podParts: Parts = {
  ...part<PodSpec>("core/v1.PodSpec", {
    fields: {
      nodeSelector: labelMap,
      activeDeadlineSeconds: ruled("pod-deadline", range(1, 2 ** 31 - 1)),
      hostname: unlessEmpty(ruled("pod-hostname", dnsLabel)),
      subdomain: unlessEmpty(ruled("pod-hostname", dnsLabel)),
      serviceAccountName: unlessEmpty(dnsSubdomain),
      nodeName: unlessEmpty(dnsSubdomain),
      priorityClassName: unlessEmpty(dnsSubdomain),
      runtimeClassName: dnsSubdomain,
      overhead: (overhead, place) => {
        for (const [name, value] of Object.entries(overhead)) {
          labelKey(name, place.at(name).as({ at: "key" }));
          amount(value, place.at(name));
        }
      },
      readinessGates: each(({ conditionType }, place) =>
        labelKey(conditionType, place.at("conditionType")),
      ),
      schedulingGates: (gates, place) => {
        each<{ readonly name: string }>(({ name }, at) => labelKey(name, at))(gates, place);
        distinct(
          gates,
          ({ name }) => name,
          (i, name) => place.at(i).duplicate(name),
        );
      },
      os: ({ name }, place) => {
        if (name === "") place.at("name").required();
        else words("linux", "windows")(name, place);
      },
    },
    check: checkPodSpec,
  }),
  ...part<NodeSelector>("core/v1.NodeSelector", {
    check(selector, place) {
      if (selector.nodeSelectorTerms.length === 0) {
        place.at("nodeSelectorTerms").required("a node selector needs at least one term");
      }
      checkNodeSelector(selector, place, 0);
    },
  }),
  ...part<NodeSelectorTerm>("core/v1.NodeSelectorTerm", {
    fields: {
      matchFields: each(({ key, values = [] }, place) => {
        words("metadata.name")(key, place.at("key"));
        each(dnsSubdomain)(values, place.at("values"));
      }),
    },
  }),
  ...part<PreferredSchedulingTerm>("core/v1.PreferredSchedulingTerm", {
    fields: {
      weight,
      // Preferred terms may contain values that are not valid label values.
      preference: (term, place) =>
        checkNodeSelector({ nodeSelectorTerms: [term] }, place, 2, false),
    },
  }),
  ...part<WeightedPodAffinityTerm>("core/v1.WeightedPodAffinityTerm", { fields: { weight } }),
  ...part<PodAffinityTerm>("core/v1.PodAffinityTerm", {
    required: ["topologyKey"],
    fields: { topologyKey: labelKey, namespaces: each(dnsLabel) },
    check: ({ matchLabelKeys, mismatchLabelKeys, labelSelector }, place) => {
      checkLabelKeys(matchLabelKeys, labelSelector, place.at("matchLabelKeys"));
      checkLabelKeys(mismatchLabelKeys, labelSelector, place.at("mismatchLabelKeys"));
      for (const [i, key] of (matchLabelKeys ?? []).entries()) {
        if (!mismatchLabelKeys?.includes(key)) continue;
        place.at("matchLabelKeys", i).invalid(`${quote(key)} stands in mismatchLabelKeys too`);
      }
    },
  }),
  ...part<TopologySpreadConstraint>("core/v1.TopologySpreadConstraint", {
    required: ["topologyKey", "whenUnsatisfiable"],
    fields: { maxSkew: positive, minDomains: positive },
    check({ minDomains, whenUnsatisfiable, matchLabelKeys, labelSelector }, place) {
      if (minDomains !== undefined && whenUnsatisfiable !== "DoNotSchedule") {
        place
          .at("minDomains")
          .invalid("minDomains goes with whenUnsatisfiable: DoNotSchedule alone");
      }
      checkLabelKeys(matchLabelKeys, labelSelector, place.at("matchLabelKeys"));
    },
  }),
  ...part<Toleration>("core/v1.Toleration", {
    fields: { key: unlessEmpty(labelKey) },
    open: ["operator"],
    check({ key = "", operator = "Equal", value = "", effect = "", tolerationSeconds }, place) {
      const at = place.at("operator");
      if (key === "" && operator !== "Exists")
        at.invalid("without a key the operator has to be Exists");
      if (tolerationSeconds !== undefined && effect !== "NoExecute") {
        place.at("effect").invalid("tolerationSeconds go with effect: NoExecute alone");
      }
      if (operator === "Exists") {
        if (value !== "") at.invalid("Exists takes no value");
      } else if (operator === "Equal") labelValue(value, at);
      else words("Equal", "Exists")(operator, at);
    },
  }),
  ...part<PodDNSConfig>("core/v1.PodDNSConfig", {
    fields: {
      nameservers: (servers, place) => {
        if (servers.length > 3) place.invalid(`there may be 3 name servers, not ${servers.length}`);
        each(address)(servers, place);
      },
      searches: (searches, place) => {
        if (searches.length > 32) place.invalid(`there may be 32 domains, not ${searches.length}`);
        if (searches.join(" ").length > 2048)
          place.invalid("the domains have more than 2048 characters together");
        each<string>((domain, at) => {
          if (domain !== ".") dnsSubdomain(domain.replace(/\.$/, "").replaceAll("_", "0"), at);
        })(searches, place);
      },
      options: each(({ name = "" }, place) => {
        if (name === "") place.required("an option needs a name");
      }),
    },
  }),
  ...part<HostAlias>("core/v1.HostAlias", {
    fields: { ip: address, hostnames: each(dnsSubdomain) },
  }),
  ...part<PodSecurityContext>("core/v1.PodSecurityContext", {
    fields: {
      fsGroup: ID,
      runAsUser: ID,
      runAsGroup: ID,
      supplementalGroups: each(ID),
      sysctls: (list, place) => {
        distinct(
          list,
          ({ name }) => name || undefined,
          (i, name) => place.at(i, "name").duplicate(name),
        );
        each<{ readonly name: string }>(({ name }, at) => {
          if (name === "") at.at("name").required();
          else if (name.length > 253 || !SYSCTL.test(name))
            at.at("name").invalid(`${quote(name)} is no sysctl`);
        })(list, place);
      },
    },
  }),
};

const SYSCTL = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;

/** @param skip how many of the first path elements stand for a list that the term is not in. */
function checkNodeSelector(
  selector: NodeSelector,
  place: Place,
  skip: number,
  values = true,
): void {
  for (const { field, message } of validateNodeSelector(selector as never)) {
    if (!values && field.endsWith("]")) continue;
    const steps = field
      .split(/[.[\]]+/)
      .filter((step) => step !== "")
      .map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step));
    place.at(...steps.slice(skip)).invalid(message, { rule: "selector-invalid" });
  }
}

function checkLabelKeys(
  keys: readonly string[] | undefined,
  selector: LabelSelector | undefined,
  place: Place,
): void {
  if (keys === undefined || keys.length === 0) return;
  if (selector === undefined) {
    place.forbidden("without a labelSelector there is nothing to add to");
    return;
  }
  each(labelKey)(keys, place);
  for (const [i, key] of keys.entries()) {
    if (
      Object.hasOwn(selector.matchLabels ?? {}, key) ||
      selector.matchExpressions?.some((one) => one.key === key)
    ) {
      place.at(i).invalid(`${quote(key)} stands in the labelSelector too`);
    }
  }
}

/** Sharing the node's namespaces excludes user namespaces, and some settings require it. */
function checkUserNamespace(spec: PodSpec, place: Place): void {
  const own = spec.hostUsers === false;
  for (const field of ["hostNetwork", "hostPID", "hostIPC"] as const) {
    if (own && spec[field] === true)
      place.at(field).forbidden("it does not go with hostUsers: false");
  }
  for (const field of ["containers", "initContainers"] as const) {
    for (const [i, { volumeDevices = [], securityContext }] of (spec[field] ?? []).entries()) {
      const at = place.at(field, i);
      if (own && volumeDevices.length > 0) {
        at.at("volumeDevices").forbidden("devices do not go with hostUsers: false");
      } else if (!own && securityContext?.procMount === "Unmasked") {
        at.at("securityContext", "procMount").invalid("Unmasked needs hostUsers: false");
      }
    }
  }
}

function checkPodSpec(spec: PodSpec, place: Place): void {
  if (spec.containers.length === 0) {
    place
      .at("containers")
      .required("a pod needs at least one container", { rule: "containers-required" });
  }
  if (spec.dnsPolicy === "None" && (spec.dnsConfig?.nameservers ?? []).length === 0) {
    place.at("dnsConfig").required("dnsPolicy: None needs at least one name server", {
      rule: "pod-dns",
      hint: "write dnsConfig: { nameservers: [10.96.0.10] }, or leave dnsPolicy out",
    });
  }
  if (spec.hostPID === true && spec.shareProcessNamespace === true) {
    place
      .at("shareProcessNamespace")
      .invalid("hostPID and shareProcessNamespace exclude each other");
  }
  checkUserNamespace(spec, place);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    place.at("ephemeralContainers").forbidden("they are added to a pod that runs (kubectl debug)", {
      usable: true,
    });
  }
  if ((spec.resources?.claims ?? []).length > 0) {
    place.at("resources", "claims").forbidden("a pod's claims belong to its containers");
  }
  const { hostnameOverride } = spec;
  if (hostnameOverride !== undefined) {
    const at = place.at("hostnameOverride");
    if (spec.setHostnameAsFQDN === true) at.forbidden("it does not go with setHostnameAsFQDN");
    if (spec.hostNetwork === true) at.forbidden("it does not go with hostNetwork");
    if (hostnameOverride.length > 64) at.invalid("a host name has at most 64 characters");
    dnsSubdomain(hostnameOverride, at);
  }
  const constraints = spec.topologySpreadConstraints ?? [];
  distinct(
    constraints,
    (one) => `${one.topologyKey}, ${one.whenUnsatisfiable}`,
    (i, key) => place.at("topologySpreadConstraints", i).duplicate(key),
  );
  checkVolumeNames(spec.volumes ?? [], place.at("volumes"));
  checkContainers(spec, place);
}

/** What must be unique among the containers of a pod: names, volumes, the machine's ports. */
function checkContainers(spec: PodSpec, place: Place): void {
  const { volumes = [], terminationGracePeriodSeconds: grace = 30 } = spec;
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const names = new Map<string, string>();
  const hostPorts = new Set<string>();
  for (const field of ["containers", "initContainers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) {
      const at = place.at(field, i);
      const other = names.get(container.name);
      if (other !== undefined && container.name !== "") {
        const message = `the name ${quote(container.name)} is taken by ${other}`;
        at.at("name").invalid(message, { rule: "container-name" });
      } else names.set(container.name, `${field}[${i}]`);
      checkMounts(container, volumes, at);
      const seconds = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
      if (seconds < 0 || seconds > (grace < 0 ? 1 : grace)) {
        at.at("lifecycle", "preStop", "sleep").invalid(
          `a pod that ends has ${grace} seconds (terminationGracePeriodSeconds)`,
        );
      }
      for (const [j, { name }] of (container.resources?.claims ?? []).entries()) {
        if (!claims.has(name))
          at.at("resources", "claims", j).invalid(`the pod has no claim ${quote(name)}`);
      }
      if (field === "containers") checkHostPorts(container, spec, hostPorts, at);
      else {
        checkHostPorts(container, spec, new Set(), at);
        checkInit(container, at);
      }
    }
  }
}

function checkMounts(container: Container, volumes: readonly Volume[], place: Place): void {
  const names = new Set(volumes.map(({ name }) => name));
  for (const list of ["volumeMounts", "volumeDevices"] as const) {
    for (const [i, { name }] of (container[list] ?? []).entries()) {
      if (name !== "" && !names.has(name))
        place.at(list, i, "name").invalid(`the pod has no volume ${quote(name)}`);
    }
  }
  const devices = new Set(
    volumes.filter((one) => one.persistentVolumeClaim ?? one.ephemeral).map(({ name }) => name),
  );
  for (const [i, { name }] of (container.volumeDevices ?? []).entries()) {
    if (names.has(name) && !devices.has(name))
      place.at("volumeDevices", i, "name").invalid("only a claim can be a device");
  }
  const privileged = container.securityContext?.privileged === true;
  for (const [i, { mountPropagation }] of (container.volumeMounts ?? []).entries()) {
    if (mountPropagation === "Bidirectional" && !privileged) {
      place
        .at("volumeMounts", i, "mountPropagation")
        .forbidden("only a privileged container passes mounts on");
    }
  }
}

function checkHostPorts(
  container: Container,
  spec: PodSpec,
  taken: Set<string>,
  place: Place,
): void {
  for (const [i, { hostPort = 0, hostIP = "", protocol = "TCP", containerPort }] of (
    container.ports ?? []
  ).entries()) {
    const at = place.at("ports", i, "hostPort");
    if (hostPort === 0) continue;
    const key = `${protocol}/${hostIP}/${hostPort}`;
    if (taken.has(key)) at.duplicate(`${protocol}/${hostPort}`);
    taken.add(key);
    if (spec.hostNetwork === true && hostPort !== containerPort) {
      at.invalid("with hostNetwork: true it has to be the same as containerPort");
    }
  }
}

/** An init container that is not a sidecar ends before the others start. */
function checkInit(container: Container, place: Place): void {
  if (container.restartPolicy === "Always") return;
  for (const field of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
    if (container[field] !== undefined) {
      place.at(field).forbidden("only an init container with restartPolicy: Always may have this");
    }
  }
  for (const [i, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
    if (restartPolicy !== "RestartContainer") continue;
    place
      .at("resizePolicy", i, "restartPolicy")
      .invalid("an init container that is no sidecar can't be restarted");
  }
}
