// A gateway and a relay over given local servers, as a process of its own: `node gateway-server.mjs DIST UDP-PORT WEBSOCKET-PORT GRPC-PORT PORT...`
import { pathToFileURL } from "node:url";

const [dist, udpPort, webSocketPort, grpcPort, ...ports] = process.argv.slice(2);
/** Ports of containers that are one program each, and where that one listens. */
const SINGLE = new Map([
  [53, udpPort],
  [8081, webSocketPort],
  [8082, grpcPort],
]);
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { createBalancer, createGateway, createRelays, directDialer, mappedDialer } =
  await load("proxy/index.js");
const { Store } = await load("store/store.js");

const store = new Store();
const balancer = createBalancer({ store });
const dialer = mappedDialer(
  (address, port) => ({
    host: "127.0.0.1",
    port: Number(SINGLE.get(port) ?? ports[Number(address.split(".")[3]) - 1]),
  }),
  directDialer,
);
store.apply([
  {
    op: "put",
    object: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "shop" },
      spec: {
        clusterIP: "10.96.0.1",
        ports: [
          { name: "http", port: 18081 },
          { name: "datagrams", port: 18082, protocol: "UDP" },
        ],
        selector: { app: "web" },
      },
    },
  },
  {
    op: "put",
    object: {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: "web-1",
        namespace: "shop",
        labels: { "kubernetes.io/service-name": "web" },
      },
      addressType: "IPv4",
      ports: [
        { name: "http", port: 8080 },
        { name: "datagrams", port: 53, protocol: "UDP" },
      ],
      endpoints: ports.map((_port, i) => ({ addresses: [`10.244.0.${i + 1}`] })),
    },
  },
]);
/** A Service of one endpoint. */
function single(name, port, appProtocol) {
  const metadata = { name, namespace: "shop", labels: { "kubernetes.io/service-name": name } };
  const named = { name: "http", ...(appProtocol && { appProtocol }) };
  const spec = { ports: [{ ...named, port: 80 }], selector: { app: name } };
  return [
    { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "shop" }, spec },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata,
      addressType: "IPv4",
      ports: [{ ...named, port }],
      endpoints: [{ addresses: ["10.244.0.1"] }],
    },
  ].map((object) => ({ op: "put", object }));
}
store.apply([...single("ws", 8081), ...single("calls", 8082, "kubernetes.io/h2c")]);
const gateway = await createGateway({ store, balancer, dialer }).listen({
  port: 18080,
});
const relays = createRelays({ store, balancer, dialer, localAddress: () => "127.0.0.1" });
await relays.settled();
process.stdout.write(`gateway ${gateway.port}\n`);
process.on("message", (message) => {
  if (message === "cpu") process.send?.({ cpu: process.cpuUsage(), memory: process.memoryUsage() });
});
process.on("SIGTERM", () => process.exit(0));
