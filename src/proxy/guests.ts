import { createHash, timingSafeEqual } from "node:crypto";
import { validateDns1123Label } from "../labels/dns-name.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";
import type { View } from "../view/view.ts";
import type { Dialer } from "./dialer.ts";
import { directDialer } from "./direct-dialer.ts";
import { createGuestRouter, type Router } from "./router.ts";

/**
 * Clients that were given a secret: local pods on the machine's own network. They send their namespace as the user
 * and the secret as the password; short names are then those of that namespace, and every other host is reached as
 * well. Without the secret a gateway is no open proxy.
 */
export class Guests {
  readonly #view: View;
  readonly #digest: Buffer;
  readonly #routers = new Map<string, Router>();

  constructor(view: View, secret: string) {
    this.#view = view;
    this.#digest = digestOf(secret);
  }

  /** @returns the router for such a client; undefined where the secret is wrong. */
  admit(namespace: string, password: string): Router | undefined {
    // Digests have one length, so that the time of the comparison says nothing about the secret.
    if (!timingSafeEqual(digestOf(password), this.#digest)) return undefined;
    if (validateDns1123Label(namespace).length > 0) return undefined;
    const known = this.#routers.get(namespace);
    if (known !== undefined) return known;
    const router = createGuestRouter(this.#view, namespace);
    this.#routers.set(namespace, router);
    return router;
  }

  /** @param credentials the value of Proxy-Authorization (RFC 7617) */
  admitBasic(credentials: string | undefined): Router | undefined {
    const [, encoded] = /^basic +([a-z0-9+/]+={0,2})$/i.exec(credentials ?? "") ?? [];
    if (encoded === undefined) return undefined;
    const text = Buffer.from(encoded, "base64").toString();
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : this.admit(text.slice(0, colon), text.slice(colon + 1));
  }
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Dials hosts outside the cluster from this machine, and endpoints of the cluster by `otherwise`. */
export function outsideDialer(otherwise: Dialer): Dialer {
  const of = ({ endpoint }: { readonly endpoint?: Endpoint }) =>
    endpoint?.targetRef?.kind === "Host" ? directDialer : otherwise;
  return {
    dial: (target, options) => of(target).dial(target, options),
    streamAddress: (target) => of(target).streamAddress?.(target),
    datagramAddress: (target) => of(target).datagramAddress?.(target),
  };
}
