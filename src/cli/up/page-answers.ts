import type { ApiAccess } from "../../control/api-route.ts";
import type { RecentTraffic } from "../../control/recent-traffic.ts";
import { codeFrame } from "../../diagnostics/code-frame.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { formatPosition } from "../../diagnostics/format.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { Container } from "../../objects/pod.ts";
import { AskedWrong, type PageAnswers } from "../../page/answers.ts";
import { idOf } from "../../page/describe-world.ts";
import type { CheckAnswer, PodDetails, TraceAnswer } from "../../page/messages.ts";
import { type CheckResult, checkFiles } from "../check/check-files.ts";
import { CommandError, type Context } from "../command.ts";
import { describePod } from "../describe/pod.ts";
import { describeService } from "../describe/service.ts";
import { formatRecord } from "../format-record.ts";
import { scaleObject } from "../live/scale-object.ts";
import { pointOfView } from "../point-of-view.ts";
import { askedName } from "../resolve/asked-name.ts";
import { resolveAsPod } from "../resolve/pod-resolution.ts";
import { outcomeOf } from "../resolve/run-resolve.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import { parseTarget, traceTarget } from "../trace/trace-target.ts";
import { lostPlace } from "./mirror.ts";
import { probesOf, workloadNamed, workloadsOf } from "./page-workloads.ts";
import { tryRequest } from "./try-request.ts";

export interface OpenPageOptions {
  readonly settings: SettingsInForce;
  readonly manifests: readonly ManifestInput[];
  readonly recent: RecentTraffic;
  readonly troubles: () => readonly string[];
  /** Undefined: the Kubernetes API is off. */
  readonly api: () => ApiAccess | undefined;
}

/** What the page asks is answered by what the commands `describe`, `resolve`, `trace` and `check` ask. */
export function pageAnswers(
  context: Context,
  engine: Engine,
  { settings, manifests, api }: OpenPageOptions,
): PageAnswers {
  const zone = settings.values.clusterDomain;
  return {
    service(namespace, name) {
      const service = engine.store.get("Service", namespace, name);
      return (
        service && {
          sections: describeService(service, engine, zone),
          probes: probesOf(engine, service),
          workloads: workloadsOf(engine.store, service),
        }
      );
    },
    pod(namespace, name): PodDetails | undefined {
      const pod = engine.store.get("Pod", namespace, name);
      if (pod === undefined) return undefined;
      const containers = pod.spec.containers.map((container) => {
        return { name: container.name, environment: environmentOf(container) };
      });
      const probes = engine.lastProbes({ namespace, name });
      return { sections: describePod(pod, engine, zone), probes, containers };
    },
    resolve: (text, type, namespace) =>
      saying(() => {
        const asked = askedName(
          engine.view.clusterAddress(text.trim()),
          type === "A" ? undefined : type,
        );
        const {
          tried,
          found,
          config: resolver,
        } = resolveAsPod(engine.dns, asked.name, asked.type, pointOfView({ namespace }));
        const records = found?.resolution;
        return {
          search: resolver.searches.join(" "),
          tried: tried.map((each) => ({
            name: each.resolution.name.replace(/\.$/, ""),
            outcome: outcomeOf(each),
            reason: each.reason,
            hints: each.hints,
          })),
          answers: [...(records?.answers ?? []), ...(records?.additional ?? [])].map(formatRecord),
        };
      }),
    trace: (text) =>
      saying(() => {
        const asked = {
          who: { namespace: engine.view.standpoint.namespace },
          zone,
          lost: engine.lostAddresses.map(lostPlace),
        };
        const traced = traceTarget(engine, parseTarget(text.trim()), asked);
        const { steps, reached, verdict } = traced;
        return { steps, path: pathOf(traced), reached, verdict };
      }),
    async check() {
      // What came from standard input, or stands in a cluster, is not here to be read again.
      const files = manifests.filter((each) => each !== "-");
      if (files.length === 0) return { findings: [] };
      return findings(await checkFiles(context, files, { config: settings.config }));
    },
    async try(asked) {
      const [namespace = "", name = ""] = asked.service.split("/");
      const gateway = engine.gateway;
      if (gateway === undefined || engine.store.get("Service", namespace, name) === undefined) {
        return undefined;
      }
      return tryRequest(gateway, `${name}.${namespace}`, asked);
    },
    async restart(namespace, name) {
      const wanted = engine.store.get("Pod", namespace, name);
      if (wanted === undefined || !engine.runsPod(wanted)) return undefined;
      return engine.restartPods(
        ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
      );
    },
    async scale({ replicas, ...named }) {
      const object = workloadNamed(engine.store, named);
      const access = api();
      if (object === undefined) return undefined;
      if (access === undefined) throw new AskedWrong("for this, start `up` without --api off");
      await saying(() => scaleObject(access, object, replicas));
      return {};
    },
  };
}

function pathOf({ route, service, endpoint }: ReturnType<typeof traceTarget>): TraceAnswer["path"] {
  const pod = endpoint?.pod;
  return {
    ...(route !== undefined && { route }),
    ...(service && { service: idOf(service.namespace, service.name) }),
    ...(endpoint && {
      endpoint: pod === undefined ? endpoint.address : idOf(service?.namespace, pod),
    }),
  };
}

/** What the command line refuses is refused in the same words. */
async function saying<T>(ask: () => T): Promise<Awaited<T>> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CommandError) throw new AskedWrong(error.message, { cause: error });
    throw error;
  }
}

function environmentOf({ env = [], envFrom = [] }: Container) {
  const all = envFrom.map(({ prefix = "", configMapRef, secretRef }) => {
    const from = configMapRef ? `ConfigMap ${configMapRef.name}` : `Secret ${secretRef?.name}`;
    return { name: `${prefix}*`, from };
  });
  const own = env.map(({ name, value, valueFrom }) => {
    const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom ?? {};
    if (secretKeyRef) return { name, from: `Secret ${secretKeyRef.name}, key ${secretKeyRef.key}` };
    if (configMapKeyRef) {
      return { name, from: `ConfigMap ${configMapKeyRef.name}, key ${configMapKeyRef.key}` };
    }
    const field = fieldRef?.fieldPath ?? resourceFieldRef?.resource;
    return field === undefined ? { name, value: value ?? "" } : { name, from: field };
  });
  return [...all, ...own];
}

function findings({
  diagnostics,
  linesOf,
}: Pick<CheckResult, "diagnostics" | "linesOf">): CheckAnswer {
  return {
    findings: diagnostics.map(({ rule, severity, message, object, position, hint }: Diagnostic) => {
      const lines = position && linesOf(position.file);
      return {
        rule,
        severity,
        message: object === undefined ? message : `${object}: ${message}`,
        ...(position && { place: formatPosition(position) }),
        ...(hint !== undefined && { hint }),
        ...(lines && position && { frame: codeFrame(lines, position.line, position.column) }),
      };
    }),
  };
}
