import type { RunningEngine } from "../../control/client.ts";
import { localPlaces } from "../../control/local-places.ts";
import { type Column, NONE } from "../../objects/columns/column.ts";

/** Columns of Pods that run on this machine; none when nothing of them is there to be told. */
export async function localColumns({ socketPath }: RunningEngine): Promise<readonly Column[]> {
  const cells = new Map(
    (await localPlaces(socketPath)).flatMap(({ namespace, name, exposed = [] }) => {
      // As kubectl writes what it forwards: the machine's port, and the pod's where that is another one.
      const ports = exposed.map(({ port, at }) => (port === at ? `${at}` : `${at}:${port}`));
      return ports.length === 0 ? [] : [[`${namespace}/${name}`, ports.join(",")] as const];
    }),
  );
  if (cells.size === 0) return [];
  const cell: Column["cell"] = ({ metadata: { namespace = "", name } }) =>
    cells.get(`${namespace}/${name}`) ?? NONE;
  return [{ header: "AT 127.0.0.1", cell }];
}
