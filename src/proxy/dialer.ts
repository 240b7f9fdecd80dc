import type { Socket as DatagramSocket } from "node:dgram";
import type { Socket } from "node:net";
import type { Endpoint } from "../objects/endpoint-slice.ts";

/** The endpoint to reach: a cluster address, which may or may not be routable from here. */
export interface DialTarget {
  readonly address: string;
  readonly port: number;
  /** What the slice says of it, for dialers that go by the pod rather than by its address. */
  readonly endpoint?: Endpoint;
}

/** How an endpoint is dialled. */
export interface DialOptions {
  /** Keep our side open when the other one ends (TCP relays). Default: false. */
  readonly allowHalfOpen?: boolean;
  /**
   * The caller dials once more, without this option, when an address that used to answer refuses. Default: false.
   */
  readonly redials?: boolean;
}

/** Where datagrams go. */
export interface DatagramAddress {
  readonly host: string;
  readonly port: number;
  /** Binds the socket that sends them, where only some sockets reach it. Absent: any does. */
  readonly bind?: (socket: DatagramSocket) => void;
}

/**
 * How an endpoint is reached from this machine; it takes no part in choosing it.
 *
 * An implementer returns at once with a socket that is connecting, and promises exactly one of `connect` or
 * `error` on it, no-delay on, and never a throw. Who called destroys it when tired of waiting.
 */
export interface Dialer {
  /** Begins a connection to the endpoint; the socket tells how it went. */
  dial(target: DialTarget, options?: DialOptions): Socket;
  /**
   * Where a plain TCP connection reaches the endpoint as `dial` would; undefined where only `dial` does.
   * Absent: nowhere.
   */
  streamAddress?(target: DialTarget): { readonly host: string; readonly port: number } | undefined;
  /** Where datagrams for the endpoint go; undefined where they can't be carried. Absent: nowhere. */
  datagramAddress?(target: DialTarget): DatagramAddress | undefined;
}
