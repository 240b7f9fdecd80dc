/** The manifest of a Deployment with one container. */
export function deployment(
  name: string,
  container: string,
  { namespace = "default", replicas = 1 } = {},
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: ${name}, image: ${name}, ${container} }] }
`;
}
