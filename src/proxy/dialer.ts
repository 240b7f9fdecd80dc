import type { Socket as DatagramSocket } from "node:dgram";
import type { Socket } from "node:net";
import type { Endpoint } from "../objects/endpoint-slice.ts";

/** The endpoint to reach: a cluster address, which may or may not be routable from here. */
export interface DialTarget {
  readonly address: string;
  readonly port: number;
  /** What the EndpointSlice says of it, for dialers that look up the pod rather than the address. */
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
  /**
   * Binds the socket that sends them, where only a socket bound in a certain network reaches the address. Absent: any
   * socket does.
   */
  readonly bind?: (socket: DatagramSocket) => void;
}

/**
 * How an endpoint is reached from this machine; a dialer does not choose endpoints. An implementer returns at once
 * with a socket that is connecting, sets no-delay, emits exactly one of `connect` or `error`, and never throws. The
 * caller destroys the socket when it takes too long. A dialer that learns only after `connect` that the endpoint takes
 * no connection destroys the socket with a NotReachedError.
 */
export interface Dialer {
  /** Begins a connection to the endpoint; the socket tells how it went. */
  dial(target: DialTarget, options?: DialOptions): Socket;
  /**
   * An address where a plain TCP connection reaches the endpoint just as `dial` would; undefined where only `dial`
   * does. Absent: nowhere.
   */
  streamAddress?(target: DialTarget): { readonly host: string; readonly port: number } | undefined;
  /** Where datagrams for the endpoint go; undefined where they can't be carried. Absent: nowhere. */
  datagramAddress?(target: DialTarget): DatagramAddress | undefined;
}
