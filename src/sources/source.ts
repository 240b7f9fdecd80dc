import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import type { Operation } from "../store/operation.ts";

/** Where objects come from: manifest files, a cluster, another `up`. A source doesn't know what is done with them. */
export interface Source {
  /**
   * Passes all objects to the sink as one batch, and then each change as a further batch. Called once.
   * @returns the findings of the first state; the sink has it by then, and later changes will be noticed.
   */
  start(sink: SourceSink): Promise<Diagnostic[]>;
  /** Checks at once, even without a reported change. @returns all findings of the present state. */
  reload(): Promise<Diagnostic[]>;
  /** Whether the object is put and deleted by this source: no two sources own the same key. */
  owns(key: ObjectKey): boolean;
  /** Stops calling the sink. Objects that it was given stay in the store. */
  close(): Promise<void>;
  /** As {@link Source.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Receives what a source has read. If it throws, the source calls its `fault` and continues. */
export interface SourceSink {
  /** The net difference to the last batch, never empty. Objects are validated and defaulted. */
  apply(batch: readonly Operation[]): void;
  /** Whether a client has changed or deleted an object of this source. Default: never. */
  isOverridden?(key: ObjectKey): boolean;
  /** New findings since the last state. */
  found?(diagnostics: readonly Diagnostic[]): void;
  /** Files, as in positions, that had findings and have none any more. */
  mended?(files: readonly string[]): void;
  /** Information that is no error. */
  told?(message: string): void;
  /** The source itself failed; its objects stay, and it tries again. */
  fault?(error: Error): void;
}
