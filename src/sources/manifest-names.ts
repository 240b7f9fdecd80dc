import { isKustomizationName } from "./rendered/kustomization.ts";

/** Our own config, and the file that makes its folder a kustomization, which is reported for the folder. */
function isOfTools(name: string): boolean {
  return /^kubelane(?:\.local)?\.ya?ml$/.test(name) || isKustomizationName(name);
}

/** Whether a file with this name is read in a folder; a file that the user names always is. */
export function isManifestName(name: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(name) && !name.startsWith(".") && !isOfTools(name);
}

/** Whether a folder below a given one is read. */
export function isManifestFolder(name: string): boolean {
  return !name.startsWith(".") && name !== "node_modules";
}
