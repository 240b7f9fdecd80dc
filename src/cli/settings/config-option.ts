import type { Option } from "../command.ts";

/** Selects the config file. */
export const CONFIG_OPTION: Option = {
  flags: "-c, --config <file>",
  summary: "the kubelane.yaml to use (default: here or above)",
  completes: "file",
};
