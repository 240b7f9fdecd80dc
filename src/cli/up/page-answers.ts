import { request } from "node:http";
import { codeFrame } from "../../diagnostics/code-frame.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { formatPosition } from "../../diagnostics/format.ts";
import type { Engine } from "../../engine/engine.ts";
import { hostPort } from "../../net/host-port.ts";
import type { Container } from "../../objects/pod.ts";
import { AskedWrong, type PageAnswers } from "../../page/answers.ts";
import type { CheckAnswer, PodDetails, TryAnswer, TryRequest } from "../../page/messages.ts";
import { type CheckResult, checkFiles } from "../check/check-files.ts";
import { CommandError, type Context } from "../command.ts";
import { describePod } from "../describe/pod.ts";
import { describeService } from "../describe/service.ts";
import { formatRecord } from "../format-record.ts";
import { pointOfView } from "../point-of-view.ts";
import { askedName } from "../resolve/asked-name.ts";
import { resolveAsPod } from "../resolve/pod-resolution.ts";
import { outcomeOf } from "../resolve/run-resolve.ts";
import { parseTarget, traceTarget } from "../trace/trace-target.ts";
import { lostPlace } from "./mirror.ts";
import type { OpenPageOptions } from "./open-page.ts";

/** Milliseconds that a request made from the page may take, and the characters shown of its answer. */
const PATIENCE = 30_000;
const MAX_SHOWN = 256 * 1024;

/** What the page asks is answered by what the commands `describe`, `resolve`, `trace` and `check` ask. */
export function pageAnswers(
  context: Context,
  engine: Engine,
  { clusterDomain: zone, manifests, config }: OpenPageOptions,
): PageAnswers {
  return {
    service(namespace, name) {
      const service = engine.store.get("Service", namespace, name);
      return service && describeService(service, engine, zone);
    },
    pod(namespace, name): PodDetails | undefined {
      const pod = engine.store.get("Pod", namespace, name);
      if (pod === undefined) return undefined;
      const containers = pod.spec.containers.map((container) => {
        return { name: container.name, environment: environmentOf(container) };
      });
      return { sections: describePod(pod, engine, zone), containers };
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
        const { steps, reached, verdict } = traceTarget(engine, parseTarget(text.trim()), asked);
        return { steps, reached, verdict };
      }),
    async check() {
      // What came from standard input, or stands in a cluster, is not here to be read again.
      const files = manifests.filter((each) => each !== "-");
      if (files.length === 0) return { findings: [] };
      return findings(await checkFiles(context, files, config));
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
  };
}

/** What the command line refuses is refused in the same words. */
function saying<T>(ask: () => T): T {
  try {
    return ask();
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

/** Through the gateway, as anybody's. */
function tryRequest(
  { host, port }: { readonly host: string; readonly port: number },
  name: string,
  { method, path, headers, body }: TryRequest,
): Promise<TryAnswer> {
  const began = performance.now();
  const address = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return new Promise((resolve) => {
    const done = (rest: Partial<TryAnswer>) =>
      resolve({ headers: [], body: "", ...rest, milliseconds: performance.now() - began });
    try {
      const call = request({
        host: address,
        port,
        method,
        path: path.startsWith("/") ? path : `/${path}`,
        headers: [...headers.flat(), "host", hostPort(name, port)],
        timeout: PATIENCE,
        agent: false,
      });
      call.on("response", (response) => {
        let text = "";
        const sent = response.rawHeaders;
        const shown = sent.flatMap((each, i) =>
          i % 2 === 0 ? [[each, sent[i + 1] ?? ""] as const] : [],
        );
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (text.length > MAX_SHOWN) response.destroy();
        });
        response.on("error", () => {});
        response.on("close", () => {
          const status = response.statusCode;
          done({ ...(status && { status }), headers: shown, body: text.slice(0, MAX_SHOWN) });
        });
      });
      call.on("timeout", () => call.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
      call.on("error", ({ message }) => done({ error: message }));
      call.end(body === "" ? undefined : body);
    } catch (error) {
      // The method or a header is invalid.
      done({ error: (error as Error).message });
    }
  });
}
