// Consecutive loopback ports that nobody uses, below the range from which the kernel takes ports for outgoing
// connections. A slot is claimed by a name among sockets, as tests/support/ports.c does, and with the same names.
import { createServer, type Server } from "node:net";

const PORT_MIN = 20_000;
const SLOTS = 2_000;
const COUNT = 6;

const listen = (where: { path: string } | { host: string; port: number }): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(where, () => resolve(server));
    server.unref();
  });

async function isFree(port: number): Promise<boolean> {
  const server = await listen({ host: "127.0.0.1", port });
  if (server) await new Promise((resolve) => server.close(resolve));
  return server !== undefined;
}

export async function freePorts(): Promise<{ port: number; release: () => void }> {
  for (;;) {
    const slot = Math.floor(Math.random() * SLOTS);
    const claim = await listen({ path: `\0myevents-e2e-${slot}` });
    if (!claim) continue;
    const port = PORT_MIN + slot * COUNT;
    const free = await Promise.all(Array.from({ length: COUNT }, (_, i) => isFree(port + i)));
    if (free.every(Boolean)) return { port, release: () => claim.close() };
    claim.close();
  }
}
