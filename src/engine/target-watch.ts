import type { WorkloadTarget } from "../manifests/local-config.ts";
import { WORKLOAD_KINDS } from "../objects/workload-kinds.ts";
import type { LocalPods } from "../runtime/local-pods.ts";
import { targetedEntries, targetFindings } from "../runtime/target-findings.ts";
import { namespacesOf } from "../runtime/target-namespace.ts";
import type { Store } from "../store/store.ts";
import type { Emit } from "./events.ts";

/** Milliseconds after a change until targets are checked: objects come in several batches. */
const GATHER = 50;

export interface TargetWatchOptions {
  readonly store: Store;
  readonly emit: Emit;
  /** A target without a namespace means another object now. */
  readonly onOtherMeaning: () => void;
}

/** Follows which objects the targets of a configuration mean, and reports targets that match nothing. */
export class TargetWatch {
  readonly #options: TargetWatchOptions;
  readonly #unsubscribe: () => void;
  #config: LocalPods = { run: [], attach: [] };
  #meaning = "";
  /** Findings that were reported and still hold, each with its file. */
  #told = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TargetWatchOptions) {
    this.#options = options;
    this.#unsubscribe = options.store.subscribe((changes) => {
      if (this.#timer !== undefined) return;
      const matters = changes.some(
        ({ type, kind }) => type !== "modified" && WORKLOAD_KINDS.includes(kind),
      );
      if (matters) this.#timer = setTimeout(() => this.#look(), GATHER).unref();
    });
  }

  /** The configuration was replaced. */
  configure(config: LocalPods): void {
    this.#config = config;
    this.#meaning = this.#read();
    this.#look();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const meaning = this.#read();
    if (meaning !== this.#meaning) {
      this.#meaning = meaning;
      this.#options.onOtherMeaning();
    }
    const before = this.#told;
    const findings = targetFindings(this.#config, this.#options.store);
    this.#told = new Map(findings.map((each) => [JSON.stringify(each), each.position?.file ?? ""]));
    const fresh = findings.filter((each) => !before.has(JSON.stringify(each)));
    if (fresh.length > 0) this.#options.emit("diagnostics", fresh);
    const troubled = new Set(this.#told.values());
    const mended = [...new Set(before.values())].filter((file) => !troubled.has(file));
    if (mended.length > 0) this.#options.emit("mended", mended);
  }

  /** The namespace that each target without one means now. */
  #read(): string {
    return targetedEntries(this.#config)
      .map(({ target }) => this.#places(target))
      .join("\n");
  }

  #places(target: WorkloadTarget): string {
    return target.namespace ?? namespacesOf(target, this.#options.store).join(" ");
  }
}
