import type { ServicePort } from "../objects/service.ts";

/** KEP-3726: the port speaks HTTP/2 without TLS, with prior knowledge. */
const H2C = "kubernetes.io/h2c";

/** Whether the appProtocol of a Service port means HTTP/2 without TLS. gRPC always does. */
export function speaksHttp2({ appProtocol }: ServicePort): boolean {
  return appProtocol === H2C || appProtocol === "grpc";
}

/** Whether a request goes to its pod over HTTP/2. */
export function goesOverHttp2({
  route,
  treatment,
}: {
  readonly route: { readonly port: { readonly port: ServicePort } };
  readonly treatment?: { readonly overHttp2: boolean };
}): boolean {
  return treatment?.overHttp2 === true || speaksHttp2(route.port.port);
}

/** Port numbers and names that belong to protocols other than HTTP: databases, brokers, mail. */
const OTHER_PORTS: ReadonlySet<number> = new Set([
  ...[21, 22, 25, 53, 110, 143, 389, 465, 587, 636, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5433],
  ...[
    5671, 5672, 6379, 6380, 6432, 7000, 7687, 9042, 9092, 9093, 11211, 26257, 27017, 27018, 33060,
  ],
]);
const OTHER_NAMES =
  /^(tcp|tls|dns|ssh|smtp|imap|ldap|amqp|mqtt|redis|mongo|mysql|postgres|pg|sql|kafka|nats|memcache)/;

/** Whether an HTTP client is likely to get an answer there. */
export function mayBeHttp({
  port,
  name = "",
  protocol = "TCP",
  appProtocol = "",
}: ServicePort): boolean {
  if (protocol !== "TCP") return false;
  if (/^(https?|kubernetes\.io\/(h2c|ws))$/.test(appProtocol) || /^(http|web)/.test(name))
    return true;
  return appProtocol === "" && !OTHER_PORTS.has(port) && !OTHER_NAMES.test(name);
}
