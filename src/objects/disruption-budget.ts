export type { PodDisruptionBudget } from "./tables/kinds.ts";
