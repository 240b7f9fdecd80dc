import type { StoreReader } from "../store/store-reader.ts";
import type { Catalog } from "./catalog.ts";
import type { Settings } from "./options.ts";
import type { Resolution } from "./resolution.ts";

export interface ExplainContext {
  readonly store: StoreReader;
  readonly catalog: Catalog;
  readonly settings: Settings;
  /** To find out what the search list would have led to. */
  readonly resolve: (name: string, type: string) => Resolution;
}
