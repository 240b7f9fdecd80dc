export type { EndpointAddress, EndpointSubset, Endpoints } from "./tables/kinds.ts";
