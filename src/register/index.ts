/**
 * Service names inside any Node program: `node --import kubelane/register app.js`.
 *
 * Objects come from the manifests that `KUBELANE` names (a list of paths), or from the running `kubelane up`.
 * Every connection of this process, and of the Node processes it starts, then reaches Services by name.
 *
 * ```ts
 * import { bypass } from "kubelane/register";
 * await bypass(() => fetch("http://web.shop.svc.cluster.local/")); // the system's DNS, no Services
 * ```
 * @module
 */
import { register } from "./register.ts";

export { bypass } from "../engine/in-process/bypass.ts";
export { ManifestPathError } from "./manifest-path-error.ts";

register(process.env, process.cwd(), import.meta.url);
