export type { IPAddress, ServiceCIDR } from "./tables/kinds.ts";
