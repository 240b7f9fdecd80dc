/** Lets Node processes that this one starts import the module before their program, after all other options. */
export function inheritRegistration(env: Record<string, string | undefined>, module: string): void {
  const option = `--import=${module}`;
  const options = env["NODE_OPTIONS"]?.trim() ?? "";
  if (options.split(/\s+/).includes(option)) return;
  env["NODE_OPTIONS"] = options === "" ? option : `${options} ${option}`;
}
