import { asTyped } from "../as-typed.ts";
/** One step to make programs trust the local authority. */
export interface TrustStep {
  /** The programs that trust it afterwards. */
  readonly who: string;
  readonly command: readonly string[];
  /** A package that it needs. */
  readonly needs: string;
  /** Whether it needs root. */
  readonly asRoot: boolean;
}

const NICKNAME = "kubelane local authority";

/**
 * The steps to make this system and its browsers trust a certificate.
 * @param file the authority's certificate
 * @param home the user's home folder
 */
export function trustSteps(platform: NodeJS.Platform, file: string, home: string): TrustStep[] {
  switch (platform) {
    case "darwin":
      return [
        {
          who: "macOS, Safari and Chrome",
          command: [
            "security",
            "add-trusted-cert",
            "-r",
            "trustRoot",
            "-k",
            `${home}/Library/Keychains/login.keychain-db`,
            file,
          ],
          needs: "security",
          asRoot: false,
        },
      ];
    case "win32":
      return [
        {
          who: "Windows, Edge and Chrome",
          command: ["certutil", "-user", "-addstore", "Root", file],
          needs: "certutil",
          asRoot: false,
        },
      ];
    default:
      return [
        {
          who: "curl and most programs (Debian, Ubuntu, Alpine)",
          command: [
            "sh",
            "-c",
            `cp '${file}' /usr/local/share/ca-certificates/kubelane.crt && update-ca-certificates`,
          ],
          needs: "update-ca-certificates",
          asRoot: true,
        },
        {
          who: "curl and most programs (Fedora, RHEL, Arch)",
          command: ["trust", "anchor", "--store", file],
          needs: "trust",
          asRoot: true,
        },
        {
          who: "Chrome and Chromium",
          // The folder exists once a browser has run.
          command: [
            "sh",
            "-c",
            `mkdir -p '${home}/.pki/nssdb' && certutil -d 'sql:${home}/.pki/nssdb' -A -t C,, -n '${NICKNAME}' -i '${file}'`,
          ],
          needs: "certutil",
          asRoot: false,
        },
      ];
  }
}

/** Variables that make programs trust a certificate without installing it. */
export function trustVariables(file: string): readonly (readonly [string, string, string])[] {
  return [
    ["NODE_EXTRA_CA_CERTS", file, "Node, besides what it trusts"],
    ["SSL_CERT_FILE", file, "Go, Python, Ruby and OpenSSL, instead of what they trust"],
    ["CURL_CA_BUNDLE", file, "curl, instead of what it trusts"],
  ];
}

/** A command line as a user would type it. */
export function shellLine({ command, asRoot }: TrustStep): string {
  return `${asRoot ? "sudo " : ""}${asTyped(command)}`;
}
