import dns, { type LookupOptions } from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { promisify } from "node:util";
import type { LookupCallback } from "../../dns/lookup.ts";
import { patch } from "./patch.ts";
import { viewOf, whenKnown } from "./views.ts";

interface Patched {
  lookup: (...args: unknown[]) => unknown;
}

/**
 * Patches `dns.lookup`, with callbacks and with promises; the other functions of `dns` ask name servers and are not
 * changed.
 */
export function patchDns(): () => void {
  const restore = [
    patch(dns as unknown as Patched, "lookup", (lookup) => (...args) => {
      const [name, options, callback = options] = args;
      if (typeof name !== "string" || typeof callback !== "function") return lookup(...args);
      const known = whenKnown(name);
      if (known !== undefined) {
        known.then(
          () => dns.lookup(...(args as Parameters<typeof dns.lookup>)),
          (error) => callback(error),
        );
        return {};
      }
      const view = viewOf(name);
      if (view === undefined) return lookup(...args);
      const given = typeof options === "function" ? {} : (options as LookupOptions);
      return view.lookup(name, given, callback as LookupCallback);
    }),
    patch(dns.promises as unknown as Patched, "lookup", (lookup) => (...args) => {
      const [name, options = {}] = args;
      if (typeof name !== "string") return lookup(...args);
      const known = whenKnown(name);
      if (known !== undefined)
        return known.then(() => dns.promises.lookup(name, options as object));
      const view = viewOf(name);
      if (view === undefined) return lookup(...args);
      return lookupPromise(view.lookup, name, options as LookupOptions);
    }),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const each of restore) each();
    syncBuiltinESMExports();
  };
}

async function lookupPromise(
  lookup: (name: string, options: LookupOptions, callback: LookupCallback) => void,
  name: string,
  given: LookupOptions | number,
): Promise<unknown> {
  const options = typeof given === "number" ? { family: given } : given;
  // util.promisify makes an object of two results only for functions of Node itself, so this does it by hand.
  const ask = promisify<string, LookupOptions, unknown>((host, asked, done) =>
    lookup(host, asked, (error, address, family) =>
      done(error, options.all ? address : { address, family }),
    ),
  );
  return ask(name, options);
}
