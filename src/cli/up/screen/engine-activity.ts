import type { Engine } from "../../../engine/engine.ts";
import { qualifiedName } from "../../../objects/object-key.ts";
import type { TrafficEvent } from "../../../proxy/traffic-event.ts";
import type { RuntimeEvent } from "../../../runtime/event.ts";
import { RequestRate } from "./request-rate.ts";
import type { Activity } from "./services.ts";

/** What an engine's events say of each Service and each local pod. */
export class EngineActivity implements Activity {
  readonly #rates = new RequestRate(() => performance.now());
  readonly #last = new Map<string, string>();
  readonly #lines = new Map<string, string>();
  readonly #engine: Engine;
  readonly #onTraffic = (event: TrafficEvent): void => this.#noteRequest(event);
  readonly #onPod = (event: RuntimeEvent): void => this.#noteLine(event);

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.on("traffic", this.#onTraffic);
    engine.on("pod", this.#onPod);
  }

  rate(service: string): number {
    return this.#rates.of(service);
  }

  lastEvent(service: string): string | undefined {
    return this.#last.get(service);
  }

  /** What a local pod wrote last. */
  lastLine(pod: string): string | undefined {
    return this.#lines.get(pod);
  }

  close(): void {
    this.#engine.off("traffic", this.#onTraffic);
    this.#engine.off("pod", this.#onPod);
  }

  #noteRequest({
    service,
    kind,
    method = kind,
    path = "",
    status,
    pod,
    refusal,
  }: TrafficEvent): void {
    if (service === undefined) return;
    const name = `${service.namespace}/${service.service}`;
    this.#rates.add(name);
    const outcome =
      refusal?.reason ?? `${status ?? "done"}${pod === undefined ? "" : ` by ${pod}`}`;
    this.#last.set(name, `${method} ${path} ${outcome}`.replace(/ {2,}/g, " "));
  }

  #noteLine(event: RuntimeEvent): void {
    if (event.type === "output") {
      this.#lines.set(qualifiedName(event.pod.namespace, event.pod.name), event.line);
    } else if (event.type === "stopped") {
      this.#lines.delete(qualifiedName(event.pod.namespace, event.pod.name));
    }
  }
}
