import { type Labels, parseSelector } from "kubelane/labels";

/** What we deploy. */
export interface Deployment {
  app: string;
  branch: string;
  canary: boolean;
}

/** A label value that tells a branch name, whatever characters the branch has. */
export function labelValueFrom(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
}

/** The labels of a deployment's pods. */
export function podLabels({ app, branch, canary }: Deployment): Labels {
  return {
    "app.kubernetes.io/name": app,
    "example.com/branch": labelValueFrom(branch),
    ...(canary && { track: "canary" }),
  };
}

/** The Service that users reach. */
export const stable = parseSelector("app.kubernetes.io/name=shop,track notin (canary)");
/** The Service that testers reach. */
export const canary = parseSelector("app.kubernetes.io/name=shop,track=canary");
/** What the network policy lets in. */
export const allowed = parseSelector("app.kubernetes.io/name in (shop,cart)");
