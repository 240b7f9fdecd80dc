import { isKustomizationName } from "./rendered/kustomization.ts";

/** Our own config, and what makes a folder a kustomization, which is told of the folder. */
function isOfTools(name: string): boolean {
  return /^kubelane(?:\.local)?\.ya?ml$/.test(name) || isKustomizationName(name);
}

/** Whether a file of that name in a folder is read; a file that is named itself always is. */
export function isManifestName(name: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(name) && !name.startsWith(".") && !isOfTools(name);
}

/** Whether a folder below a given one is looked into. */
export function isManifestFolder(name: string): boolean {
  return !name.startsWith(".") && name !== "node_modules";
}
