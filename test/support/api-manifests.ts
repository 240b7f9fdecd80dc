import { deployment } from "./deployment.ts";

/** A Service `api` of namespace shop over the pods of a Deployment, as tests of programs need it. */
export function apiManifests(replicas: number): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { selector: { app: api }, ports: [{ port: 80, targetPort: 8080 }] }
---
${deployment("api", "ports: [{ containerPort: 8080 }]", { namespace: "shop", replicas })}`;
}
