import { isIP } from "node:net";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import { describePick, type NotPicked, type Picked } from "../../balancer/choice.ts";
import type { LostPlace } from "../../control/lost-addresses.ts";
import type { PointOfView } from "../../dns/dns.ts";
import type { Explanation } from "../../dns/explanation.ts";
import type { Engine } from "../../engine/engine.ts";
import { fromMap } from "../../labels/selector.ts";
import { hostPort } from "../../net/host-port.ts";
import { podIPs } from "../../objects/pod.ts";
import { clusterIPs, isHeadless, type Service } from "../../objects/service.ts";
import { describeRefusal, refusalOf } from "../../policies/decide.ts";
import { isRoute, type NoRoute, type Route } from "../../view/route.ts";
import { nearMisses, podLines } from "../describe/selection.ts";
import { formatRecord } from "../format-record.ts";
import { nameOfAddress } from "../resolve/address-name.ts";
import { resolveAsPod } from "../resolve/pod-resolution.ts";
import type { Section } from "../section.ts";
import { heldAddresses } from "./held-addresses.ts";

/** The steps from a name to a pod, and the result. */
export interface Trace {
  readonly steps: readonly Section[];
  /** Whether a pod would answer. */
  readonly reached: boolean;
  /** One sentence: which pod answers, or what is wrong and what to do. */
  readonly verdict: string;
  /** The Service port that the name leads to, if any. */
  readonly service?: { readonly namespace: string; readonly name: string };
  /** The endpoint that would be chosen: the pod, if it is one, and the address. */
  readonly endpoint?: { readonly pod?: string; readonly address: string };
  /** The program that answers in its place at the local address, and what to do. */
  readonly elsewhere?: string;
}

export interface TraceQuestion {
  readonly name: string;
  /** Undefined: the port that the name alone means. */
  readonly port: number | undefined;
  readonly who: PointOfView;
  readonly zone: string;
  /** Addresses of this machine that the running `up` could not bind. */
  readonly lost: readonly LostPlace[];
}

/** Follows the path of a connection as far as it leads, using the code that decides for real connections. */
export function traceName(engine: Engine, question: TraceQuestion): Trace {
  const { who, name } = question;
  const steps: Section[] = [];
  const found = engine.view.find(name.toLowerCase(), question.port, { ...who, protocol: "any" });
  const telling =
    isIP(name) === 0
      ? nameSteps(engine, name, who, steps)
      : addressStep(engine, question, found, steps);
  if (!isRoute(found)) return { steps, reached: false, verdict: whyNoRoute(found, telling) };
  return traceRoute(engine, found, question, telling, steps);
}

/** The look-up of a name by a pod's resolver. @returns the most helpful explanation. */
function nameSteps(engine: Engine, name: string, who: PointOfView, steps: Section[]): Explanation {
  const { tried, found, telling } = resolveAsPod(engine.dns, name, "A", who);
  const asker =
    who.pod === undefined ? `a pod of ${who.namespace}` : `pod ${who.namespace}/${who.pod}`;
  steps.push({
    title: `name ${name.replace(/\.$/, "")}, asked by ${asker}`,
    lines: tried.map(({ resolution: { rcode, name: full, answers } }) => {
      const outcome = rcode === "NOERROR" && answers.length === 0 ? "NODATA" : rcode;
      return `${answers.length > 0 ? "✓" : "✗"} ${full.replace(/\.$/, "")}  ${outcome}`;
    }),
  });
  if (found !== undefined) {
    steps.push({ title: "DNS answer", lines: found.resolution.answers.map(formatRecord) });
  }
  return telling;
}

function addressStep(
  engine: Engine,
  { name, port, zone }: TraceQuestion,
  found: Route | NoRoute,
  steps: Section[],
): undefined {
  const named = nodePortOf(found, zone) ?? nameOfAddress(engine, name);
  const what =
    isRoute(found) && found.nodePort ? `is, at port ${port}, a ${found.nodePort} of` : "is that of";
  const lines = named === undefined ? [] : [`${what} ${named}`];
  steps.push({ title: `address ${name}`, lines });
}

/** The owner of a node port. */
function nodePortOf(found: Route | NoRoute, zone: string): string | undefined {
  if (!isRoute(found) || found.nodePort === undefined) return undefined;
  const { namespace, service } = found.port.key;
  return found.nodePort === "NodePort"
    ? `${service}.${namespace}.svc.${zone}`
    : `pod ${namespace}/${service}`;
}

/** Why a name leads to no Service port, and what to do. */
function whyNoRoute({ rule, reason, outside }: NoRoute, telling: Explanation | undefined): string {
  if (rule === "external-name") {
    return `${reason.replace(/: it is not proxied$/, "")}; ask ${outside} itself`;
  }
  const byName = rule === "no-service" || rule === "not-ours";
  if (!byName || telling === undefined) return reason;
  return telling.resolution.answers.length > 0
    ? `${reason}, so nothing is balanced`
    : sentence(telling);
}

/** From a Service port to the endpoint that would be chosen. */
function traceRoute(
  engine: Engine,
  route: Route,
  { port: asked, lost, who }: TraceQuestion,
  telling: Explanation | undefined,
  steps: Section[],
): Trace {
  const { port: balanced, only, translated } = route;
  const { service, port, key } = balanced;
  const own = only?.pod === undefined || service.spec.ports !== undefined;
  if (own) steps.push(serviceStep(service), portStep(balanced, asked));
  const { step: held, elsewhere } = heldAddresses(lost, service, port);
  if (held !== undefined) steps.push(held);
  const selects = own && podsStep(service, engine, steps);
  steps.push({ title: "endpoints of this port", lines: endpointLines(balanced) });
  const traced = {
    steps,
    service: { namespace: key.namespace, name: key.service },
    ...(elsewhere !== undefined && { elsewhere }),
  };
  const pick = engine.balancer.pick(balanced, { address: ASKER, fromThisNode: true, ...only });
  if (pick.outcome !== "endpoint") {
    return {
      ...traced,
      reached: false,
      verdict: whatToDo(engine, route, pick, telling, selects),
    };
  }
  const address = hostPort(pick.address, pick.port);
  const pod = pick.endpoint.targetRef?.name;
  steps.push({
    title: "choice",
    lines: [`${pod ?? address} at ${address}, ${describePick(pick)}`],
  });
  const refused = whyPolicyRefuses(engine, who, balanced, pick);
  if (refused !== undefined) {
    steps.push({ title: "network policies", lines: [refused] });
    return { ...traced, reached: false, verdict: refused };
  }
  const where = pod === undefined ? address : `pod ${pod} at ${address}`;
  const note =
    translated === undefined
      ? ""
      : `; its addresses, which DNS gives, answer at ${translated} and not at ${port.port}`;
  const verdict = own
    ? `${nameOf(service)}:${port.port} reaches ${where}${note}`
    : `pod ${nameOf(service)} is reached at ${address}`;
  const endpoint = { address, ...(pod !== undefined && { pod }) };
  return { ...traced, reached: true, verdict, endpoint };
}

/** Why NetworkPolicies refuse a connection of the asking pod to the endpoint; nothing is known of other askers. */
function whyPolicyRefuses(
  { store }: Engine,
  { namespace = "", pod }: PointOfView,
  { key }: BalancedPort,
  { address, port, endpoint }: Picked,
): string | undefined {
  const asker = pod === undefined ? undefined : store.get("Pod", namespace, pod);
  const [from] = asker === undefined ? [] : podIPs(asker);
  if (from === undefined) return undefined;
  const { kind, namespace: other = "", name = "" } = endpoint.targetRef ?? {};
  const attempt = {
    from: { address: from, pod: asker },
    to: { address, pod: kind === "Pod" ? store.get("Pod", other, name) : undefined },
    port,
    protocol: key.protocol,
  };
  const refused = refusalOf(attempt, { store });
  return refused && describeRefusal(refused, attempt);
}

/** Stands for any client of this machine. */
const ASKER = "127.0.0.1";

function serviceStep(service: Service): Section {
  const { type = "ClusterIP", publishNotReadyAddresses } = service.spec;
  const address = isHeadless(service) ? "headless" : (clusterIPs(service)[0] ?? "no ClusterIP");
  const notReady = publishNotReadyAddresses === true ? ", publishes pods that are not ready" : "";
  return { title: `Service ${nameOf(service)}`, lines: [`${type}, ${address}${notReady}`] };
}

function portStep({ port, table, service }: BalancedPort, asked: number | undefined): Section {
  const { name, protocol = "TCP", targetPort = port.port } = port;
  const several = (service.spec.ports ?? []).length > 1;
  const which =
    asked !== undefined ? "" : several ? " (the one a name alone means)" : " (the only one)";
  const target =
    typeof targetPort === "string"
      ? `the container port named ${targetPort}`
      : `container port ${targetPort}`;
  const numbers = [...new Set(table.all.map((backend) => backend.port))];
  const through =
    typeof targetPort === "string" && numbers.length > 0 ? `, ${numbers.join(" or ")}` : "";
  return {
    title: `port ${port.port}${which}`,
    lines: [`${name ? `${name}, ` : ""}${protocol}, leads to ${target}${through}`],
  };
}

/** Shows for each pod whether the selector matches. @returns whether pods are selected. */
function podsStep(service: Service, { store }: Engine, steps: Section[]): boolean {
  const { namespace = "" } = service.metadata;
  const map = service.spec.selector ?? {};
  if (Object.keys(map).length === 0) {
    steps.push({ title: "selector", lines: ["none: somebody writes its EndpointSlices"] });
    return false;
  }
  const selector = fromMap(map);
  const pods = store.list("Pod", { namespace, labelSelector: selector });
  steps.push({ title: `selector ${selector}`, lines: podLines(pods) });
  if (pods.length > 0) return true;
  const near = nearMisses(selector, namespace, store);
  steps.push({
    title:
      near.length === 0
        ? `no pods in namespace ${namespace}`
        : "no pod has these labels; nearest are",
    lines: near.length === 0 ? ["there is nothing to select"] : near,
  });
  return false;
}

function endpointLines({ table }: BalancedPort): string[] {
  return table.all.map(({ address, port, ready, endpoint }) => {
    const pod = endpoint.targetRef?.name;
    return `${ready ? "✓" : "✗"} ${hostPort(address, port)}${pod === undefined ? "" : `  ${pod}`}`;
  });
}

/** Why no endpoint can be used, and what to do. */
function whatToDo(
  engine: Engine,
  { port: { service, port }, only }: Route,
  refused: NotPicked,
  telling: Explanation | undefined,
  selects: boolean,
): string {
  // There are endpoints, but a policy or the name excludes them.
  if (refused.rule !== "no-endpoint") return refused.reason;
  const { rule, reason, remedy, selected } = engine.noEndpoint(service, port);
  if (telling !== undefined && telling.resolution.answers.length === 0) {
    return `${sentence(telling)}${selects ? `: ${reason}` : ""}`;
  }
  if (remedy !== undefined) return `${reason}; ${remedy}`;
  const { namespace = "", name } = service.metadata;
  if (rule === "selects-none") {
    const [near] = nearMisses(fromMap(service.spec.selector), namespace, engine.store);
    const next = "make the selector and the labels of the pods agree";
    return `${reason}; ${near === undefined ? next : `the nearest is ${near.replace(/ {2,}/, ": ")}`}`;
  }
  if (rule !== "none-ready") {
    return `${only?.hostname === undefined ? reason : refused.reason}; see kubelane describe svc/${name} -n ${namespace}`;
  }
  if (selected.every((pod) => podIPs(pod).length === 0)) {
    return `${reason}; start them with kubelane up and a kubelane.yaml that says how`;
  }
  return `${reason}; see kubelane describe pod/${selected[0]?.metadata.name} -n ${namespace}`;
}

function sentence({ reason, hints }: Explanation): string {
  return hints[0] === undefined ? reason : `${reason}; ${hints[0]}`;
}

const nameOf = ({ metadata: { namespace, name } }: Service) => `${namespace}/${name}`;
