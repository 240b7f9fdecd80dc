import type { StoreReader } from "../store/store-reader.ts";
import type { Catalog } from "./catalog.ts";
import type { Settings } from "./options.ts";
import type { Resolution } from "./resolution.ts";

export interface ExplainContext {
  readonly store: StoreReader;
  readonly catalog: Catalog;
  readonly settings: Settings;
  /** For what the search list would have found. */
  readonly resolve: (name: string, type: string) => Resolution;
}
