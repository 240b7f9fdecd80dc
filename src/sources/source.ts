import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import type { Operation } from "../store/operation.ts";

/**
 * Where objects come from: manifest files, a cluster, another `up`. A source knows nothing of what is done
 * with them.
 */
export interface Source {
  /**
   * Gives the sink everything there is as one batch, and from then on each change as one batch more. Called
   * once.
   * @returns what was found in the first state; by then the sink has it, and later changes will be seen.
   */
  start(sink: SourceSink): Promise<Diagnostic[]>;
  /**
   * Looks again at once, however quiet it was.
   * @returns everything found in the state that there is now.
   */
  reload(): Promise<Diagnostic[]>;
  /** Whether the object is this source's to put and delete: two sources never own one key. */
  owns(key: ObjectKey): boolean;
  /** Calls the sink no more. The objects that it was given stay in the store. */
  close(): Promise<void>;
  /** As {@link Source.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Takes what a source has read. If it throws, the source calls its `fault` and goes on. */
export interface SourceSink {
  /** The net difference to the last batch, never empty. Objects are admitted and defaulted. */
  apply(batch: readonly Operation[]): void;
  /** Whether a client has changed or deleted what the source put. Default: never. */
  isOverridden?(key: ObjectKey): boolean;
  /** Findings that are new since the last state. */
  found?(diagnostics: readonly Diagnostic[]): void;
  /** Files, as positions name them, that had findings and have none any more. */
  mended?(files: readonly string[]): void;
  /** Something to know that is no fault. */
  told?(message: string): void;
  /** The source itself failed; what it gave so far stays, and it tries on. */
  fault?(error: Error): void;
}
