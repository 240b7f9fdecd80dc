import type { Diagnostic, SourcePosition } from "../../diagnostics/diagnostic.ts";

/** A tool that renders manifests, and how to install it. */
interface Needed {
  readonly name: string;
  /** Its programs; one of them is enough. */
  readonly programs: readonly string[];
  readonly install: Readonly<Record<"darwin" | "win32" | "linux", string>>;
}

export const KUSTOMIZE: Needed = {
  name: "kustomize",
  programs: ["kustomize", "kubectl"],
  install: {
    darwin: "brew install kustomize",
    win32: "winget install Kubernetes.kustomize",
    linux:
      "curl -s https://raw.githubusercontent.com/kubernetes-sigs/kustomize/master/hack/install_kustomize.sh | bash",
  },
};

export const HELM: Needed = {
  name: "helm",
  programs: ["helm"],
  install: {
    darwin: "brew install helm",
    win32: "winget install Helm.Helm",
    linux: "curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-4 | bash",
  },
};

export function toolMissing(
  { name, programs, install }: Needed,
  position: SourcePosition,
  platform: NodeJS.Platform = process.platform,
): Diagnostic {
  const which = programs.length === 1 ? `no ${name}` : `neither ${programs.join(" nor ")}`;
  const system = platform === "darwin" || platform === "win32" ? platform : "linux";
  return {
    rule: "tool-missing",
    severity: "error",
    message: `${name} renders this, and ${which} is on PATH`,
    hint: `install it: ${install[system]}`,
    position,
  };
}

export function renderFailed(
  name: string,
  message: string,
  position: SourcePosition,
  hint?: string,
): Diagnostic {
  return {
    rule: "render-failed",
    severity: "error",
    message: `${name} failed: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    position,
  };
}
