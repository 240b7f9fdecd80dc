/** What the routes of a test are attached to: a Gateway `name` of namespace shop that listens for plain HTTP at 80. */
export const shopGateway = (name: string) => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { namespace: "shop", name },
  spec: { gatewayClassName: "any", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
});
