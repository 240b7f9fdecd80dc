export type { HTTPIngressPath as IngressPath, Ingress, IngressBackend } from "./tables/kinds.ts";
