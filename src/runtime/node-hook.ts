/**
 * A module that Node programs import before their own code: `kubelane/register`, which asks a running `up` for names.
 */
export interface NodeHook {
  /** Its URL. */
  readonly module: string;
  /** Selects the `up` to ask: the one of this folder. */
  readonly folder: string;
}

/** Makes Node programs with this environment import a hook. */
export function addHook(env: Record<string, string>, { module, folder }: NodeHook): void {
  env["KUBELANE_FOLDER"] = folder;
  importFirst(env, module);
}

/** Makes Node processes with this environment import a module before their program, after all other options. */
export function importFirst(env: Record<string, string | undefined>, module: string): void {
  const option = `--import=${module}`;
  const options = env["NODE_OPTIONS"]?.trim() ?? "";
  if (options.split(/\s+/).includes(option)) return;
  env["NODE_OPTIONS"] = options === "" ? option : `${options} ${option}`;
}
