/** Files of other tools, and our own config: YAML, but no Kubernetes objects. */
const NO_MANIFESTS = new Set([
  "kustomization.yaml",
  "kustomization.yml",
  "kubelane.yaml",
  "kubelane.yml",
  "skaffold.yaml",
  "docker-compose.yaml",
  "docker-compose.yml",
  "compose.yaml",
  "compose.yml",
]);

/** Whether a file of that name in a folder is read; a file that is named itself always is. */
export function isManifestName(name: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(name) && !name.startsWith(".") && !NO_MANIFESTS.has(name);
}

/** Whether a folder below a given one is looked into. */
export function isManifestFolder(name: string): boolean {
  return !name.startsWith(".") && name !== "node_modules";
}
