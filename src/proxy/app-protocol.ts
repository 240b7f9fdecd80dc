import type { ServicePort } from "../objects/service.ts";

/** KEP-3726: the port speaks HTTP/2 without TLS, with prior knowledge. */
const H2C = "kubernetes.io/h2c";

/** Whether a Service says of its port that it speaks HTTP/2 without TLS; gRPC knows nothing else. */
export function speaksHttp2({ appProtocol }: ServicePort): boolean {
  return appProtocol === H2C || appProtocol === "grpc";
}
