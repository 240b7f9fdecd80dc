import { isIP } from "node:net";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import { describePick } from "../../balancer/choice.ts";
import type { LostPlace } from "../../control/lost-addresses.ts";
import type { PointOfView } from "../../dns/dns.ts";
import type { Engine } from "../../engine/engine.ts";
import { fromMap } from "../../labels/selector.ts";
import { endpointName } from "../../objects/endpoint-name.ts";
import { podIPs } from "../../objects/pod.ts";
import { clusterIPs, isHeadless, type Service, type ServicePort } from "../../objects/service.ts";
import { nearMisses, podLines } from "../describe/selection.ts";
import { formatRecord } from "../format-record.ts";
import { clusterAddress, nameOfAddress } from "../resolve/address-name.ts";
import { resolveAsPod } from "../resolve/pod-resolution.ts";
import type { Section } from "../section.ts";

/** From a name to a pod: what was found at each step, and how it ended. */
export interface Trace {
  readonly steps: readonly Section[];
  /** Whether a pod would answer. */
  readonly reached: boolean;
  /** One sentence: who answers, or what is wrong and what to do. */
  readonly verdict: string;
  /** What the name leads to, as far as it does. */
  readonly service?: { readonly namespace: string; readonly name: string };
  /** Who answers in its place where this machine reaches it by address, and what to do. */
  readonly elsewhere?: string;
}

export interface Question {
  readonly name: string;
  /** Undefined: the only one, or the first. */
  readonly port: number | undefined;
  readonly who: PointOfView;
  readonly zone: string;
  /** What of this machine's addresses the running `up` could not have. */
  readonly lost: readonly LostPlace[];
}

/** Goes the way of a connection, as far as it leads. */
export function traceName(engine: Engine, question: Question): Trace {
  const { who, zone } = question;
  let { name, port } = question;
  const steps: Section[] = [];
  let traced: Trace["service"];
  let elsewhere: string | undefined;
  const end = (verdict: string, reached = false): Trace => ({
    steps,
    reached,
    verdict,
    ...(traced && { service: traced }),
    ...(elsewhere && { elsewhere }),
  });

  if (isIP(name) !== 0) {
    const node = nodePort(engine, name, port, zone);
    const named = node?.name ?? nameOfAddress(engine, name);
    const what = node === undefined ? "is that of" : `is, at port ${port}, a NodePort of`;
    const lines = named === undefined ? [] : [`${what} ${named}`];
    steps.push({ title: `address ${name}`, lines });
    if (named === undefined) return end(nobodyAt(name, engine));
    name = `${named}.`;
    port = node?.port ?? port;
  }
  const { tried, found, telling } = resolveAsPod(engine.dns, name, "A", who);
  steps.push({
    title: `name ${name.replace(/\.$/, "")}, asked by ${who.pod === undefined ? `a pod of ${who.namespace}` : `pod ${who.namespace}/${who.pod}`}`,
    lines: tried.map(({ resolution: { rcode, name: full, answers } }) => {
      const outcome = rcode === "NOERROR" && answers.length === 0 ? "NODATA" : rcode;
      return `${answers.length > 0 ? "✓" : "✗"} ${full.replace(/\.$/, "")}  ${outcome}`;
    }),
  });
  const place = serviceOf(telling.resolution.name, zone);
  const service = place && engine.store.get("Service", place.namespace, place.service);
  if (found !== undefined) {
    steps.push({ title: "DNS answer", lines: found.resolution.answers.map(formatRecord) });
  }
  if (service === undefined) {
    return end(
      found === undefined
        ? sentence(telling.reason, telling.hints[0])
        : `${name} is no Service, so nothing is balanced`,
    );
  }
  traced = { namespace: service.metadata.namespace ?? "", name: service.metadata.name };
  if (service.spec.type === "ExternalName") {
    const target = service.spec.externalName;
    return end(
      `${nameOf(service)} is an alias of ${target}, which is outside of what is known here; ask ${target} itself`,
    );
  }
  steps.push(serviceStep(service));

  const chosen = portOf(service, port);
  if (typeof chosen === "string") return end(chosen);
  steps.push(portStep(chosen, port));
  const held = question.lost.filter((place) => isAt(place, service, chosen));
  if (held.length > 0) steps.push({ title: "on this machine", lines: held.map(heldLine) });
  elsewhere = elsewhereThan(service, held);

  const pods = podsStep(service, engine, steps);
  const balanced = engine.balancer.portOf(service, chosen);
  steps.push({ title: "endpoints of this port", lines: endpointLines(balanced) });
  if (found === undefined) {
    return end(
      `${sentence(telling.reason, telling.hints[0])}${pods === "none" ? "" : `: ${engine.whyNone(service)}`}`,
    );
  }
  const named = endpointNamed(balanced, place?.hostname);
  if (named !== undefined) {
    const pod = named.endpoint.targetRef?.name;
    const address = `${named.address}:${named.port}`;
    steps.push({
      title: "choice",
      lines: [`${pod ?? address} at ${address}, the only one of that name`],
    });
    return end(reaches(service, chosen, pod, address), true);
  }
  const pick = engine.balancer.pick(
    balanced,
    place?.hostname === undefined ? {} : { hostname: place.hostname },
  );
  if (pick.outcome !== "endpoint") {
    return end(whatToDo(service, chosen, engine));
  }
  const address = `${pick.address}:${pick.port}`;
  const pod = pick.endpoint.targetRef?.name ?? address;
  steps.push({ title: "choice", lines: [`${pod} at ${address}, ${describePick(pick)}`] });
  return end(reaches(service, chosen, pod === address ? undefined : pod, address), true);
}

/** Whether the address is one by which this port of the Service is reached. */
function isAt(
  place: LostPlace,
  { metadata: { namespace = "", name } }: Service,
  { port, nodePort }: ServicePort,
): boolean {
  const { service } = place;
  if (service.namespace !== namespace || service.name !== name) return false;
  return place.port === port || place.port === nodePort;
}

function heldLine({ host, port, holder, reason }: LostPlace): string {
  return holder === undefined
    ? `nothing listens at ${host}:${port}: ${reason}`
    : `${holder} listens at ${host}:${port}`;
}

function elsewhereThan(service: Service, lost: readonly LostPlace[]): string | undefined {
  const held = lost.find(({ holder }) => holder !== undefined);
  if (held === undefined) return undefined;
  const { host, port, holder } = held;
  return `who goes to ${host}:${port} reaches ${holder}, not ${nameOf(service)}; end that program, or go through the gateway`;
}

function reaches(
  service: Service,
  { port }: ServicePort,
  pod: string | undefined,
  address: string,
): string {
  const where = pod === undefined ? address : `pod ${pod} at ${address}`;
  return `${nameOf(service)}:${port} reaches ${where}`;
}

/** The endpoint that has its address, with dashes, for its name. */
function endpointNamed({ table }: BalancedPort, hostname: string | undefined) {
  if (hostname === undefined) return undefined;
  return table.all.find(
    ({ address, endpoint }) =>
      endpoint.conditions?.ready !== false &&
      endpointName(address, { ...endpoint, hostname: "" }, false) === hostname,
  );
}

/** The Service's port behind a NodePort, which is offered on a loopback address. */
function nodePort(
  { store, mirror }: Engine,
  address: string,
  port: number | undefined,
  zone: string,
) {
  if (address !== mirror.node || port === undefined) return undefined;
  for (const { metadata, spec } of store.list("Service")) {
    const found = spec.ports?.find((each) => each.nodePort === port);
    if (found === undefined) continue;
    return { name: `${metadata.name}.${metadata.namespace}.svc.${zone}`, port: found.port };
  }
  return undefined;
}

/** Why an address has no name. */
function nobodyAt(address: string, engine: Engine): string {
  const own = clusterAddress(engine, address);
  const pod = engine.store.list("Pod").find((each) => podIPs(each).includes(own));
  if (pod === undefined) return `no Service has the address ${address}, and no pod`;
  const { namespace, name } = pod.metadata;
  return `pod ${namespace}/${name} has the address ${address}, and is a ready endpoint of no Service; see kubelane describe pod/${name} -n ${namespace}`;
}

/** A Service and an endpoint's name, by a full DNS name. */
function serviceOf(
  full: string,
  zone: string,
): { service: string; namespace: string; hostname?: string } | undefined {
  const name = full.toLowerCase().replace(/\.$/, "");
  const tail = `.svc.${zone}`;
  if (!name.endsWith(tail)) return undefined;
  const [namespace, service, hostname, ...more] = name.slice(0, -tail.length).split(".").reverse();
  if (namespace === undefined || service === undefined || more.length > 0) return undefined;
  return { service, namespace, ...(hostname === undefined ? {} : { hostname }) };
}

function serviceStep(service: Service): Section {
  const { type = "ClusterIP", publishNotReadyAddresses } = service.spec;
  const address = isHeadless(service) ? "headless" : (clusterIPs(service)[0] ?? "no ClusterIP");
  const notReady = publishNotReadyAddresses === true ? ", publishes pods that are not ready" : "";
  return { title: `Service ${nameOf(service)}`, lines: [`${type}, ${address}${notReady}`] };
}

/** @returns a sentence when there is no such port. */
function portOf(service: Service, port: number | undefined): ServicePort | string {
  const ports = service.spec.ports ?? [];
  const listed = ports.map((each) => each.port).join(", ");
  if (port === undefined) {
    return ports[0] ?? `Service ${nameOf(service)} has no ports; write some in spec.ports`;
  }
  const direct = isHeadless(service) ? ports.find((each) => each.targetPort === port) : undefined;
  const found = ports.find((each) => each.port === port) ?? direct;
  if (found !== undefined) return found;
  const instead = ports.length === 0 ? "it has none" : `it has ${listed}`;
  return `Service ${nameOf(service)} has no port ${port}; ${instead}`;
}

function portStep(
  { name, port, protocol = "TCP", targetPort = port }: ServicePort,
  asked: number | undefined,
): Section {
  const which = asked === undefined ? " (the first one)" : "";
  const target =
    typeof targetPort === "string"
      ? `the container port named ${targetPort}`
      : `container port ${targetPort}`;
  return {
    title: `port ${port}${which}`,
    lines: [`${name ? `${name}, ` : ""}${protocol}, leads to ${target}`],
  };
}

/** What the selector says to each pod. @returns whether pods are selected. */
function podsStep(service: Service, { store }: Engine, steps: Section[]): "none" | "some" {
  const { namespace = "" } = service.metadata;
  const map = service.spec.selector ?? {};
  if (Object.keys(map).length === 0) {
    steps.push({ title: "selector", lines: ["none: somebody writes its EndpointSlices"] });
    return "none";
  }
  const selector = fromMap(map);
  const pods = store.list("Pod", { namespace, labelSelector: selector });
  steps.push({ title: `selector ${selector}`, lines: podLines(pods) });
  if (pods.length > 0) return "some";
  const near = nearMisses(selector, namespace, store);
  steps.push({
    title:
      near.length === 0
        ? `no pods in namespace ${namespace}`
        : "no pod has these labels; nearest are",
    lines: near.length === 0 ? ["there is nothing to select"] : near,
  });
  return "none";
}

function endpointLines({ table }: BalancedPort): string[] {
  return table.all.map(({ address, port, endpoint }) => {
    const ready = endpoint.conditions?.ready !== false;
    const pod = endpoint.targetRef?.name;
    return `${ready ? "✓" : "✗"} ${address}:${port}${pod === undefined ? "" : `  ${pod}`}`;
  });
}

/** Why no endpoint can be used, and the next step. */
function whatToDo(service: Service, port: ServicePort, engine: Engine): string {
  const { rule, reason, remedy, selected } = engine.noEndpoint(service, port);
  if (remedy !== undefined) return `${reason}; ${remedy}`;
  const { namespace = "", name } = service.metadata;
  if (rule === "selects-none") {
    const [near] = nearMisses(fromMap(service.spec.selector), namespace, engine.store);
    const next = "make the selector and the labels of the pods agree";
    return `${reason}; ${near === undefined ? next : `the nearest is ${near.replace(/ {2,}/, ": ")}`}`;
  }
  if (rule !== "none-ready") {
    return `${reason}; see kubelane describe svc/${name} -n ${namespace}`;
  }
  if (selected.every((pod) => podIPs(pod).length === 0)) {
    return `${reason}; start them with kubelane up and a kubelane.yaml that says how`;
  }
  return `${reason}; see kubelane describe pod/${selected[0]?.metadata.name} -n ${namespace}`;
}

function sentence(reason: string, hint: string | undefined): string {
  return hint === undefined ? reason : `${reason}; ${hint}`;
}

const nameOf = ({ metadata: { namespace, name } }: Service) => `${namespace}/${name}`;
