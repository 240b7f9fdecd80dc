export type { LabelSelector, LabelSelectorRequirement } from "./tables/kinds.ts";
