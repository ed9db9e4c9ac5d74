// The whole system as real processes, run by `myeventsctl up` in a folder and on ports of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { freePorts } from "./ports";
import { until } from "./until";

export type Service = "redis" | "event-service" | "booking-service" | "gateway";
type Options = { hold?: string; isEmpty?: boolean };

const START_TIMEOUT_MS = 40_000;
const STOP_TIMEOUT_MS = 30_000;

function programs(): { up: string; web: string } {
  const up = process.env.MYEVENTSCTL;
  if (!up) throw new Error("MYEVENTSCTL does not say which system to run; tests/browser/run does");
  return { up, web: resolve(import.meta.dirname, "../../../web/dist") };
}

export class System {
  private constructor(
    private readonly up: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    readonly metricsPort: number,
  ) {}

  static async start({ hold = "10m", isEmpty = false }: Options): Promise<System> {
    const { up: program, web } = programs();
    const { port, release } = await freePorts();
    const folder = mkdtempSync(join(tmpdir(), "browser-"));
    const log = openSync(join(folder, "log"), "w");
    // Whatever ends this process, also SIGKILL, ends the system: the kernel sees to it.
    const up = spawn(
      "setpriv",
      ["--pdeathsig", "TERM", program, "up", "--port", `${port}`, "--grpc-port", `${port + 1}`]
        .concat(["--metrics-port", `${port + 3}`, "--data", join(folder, "data"), "--web", web])
        .concat(["--hold-duration", hold], isEmpty ? ["--no-seed"] : []),
      { stdio: ["ignore", log, log] },
    );
    closeSync(log);
    up.once("exit", release);
    const system = new System(up, folder, `http://127.0.0.1:${port}`, port + 3);
    try {
      await until("the system is up", () => system.hasSaid("MyEvents is up"), START_TIMEOUT_MS);
    } catch (error) {
      await system.stop();
      throw new Error(`${error}\n${system.said().slice(-4000)}`);
    }
    return system;
  }

  said(): string {
    try {
      return readFileSync(join(this.folder, "log"), "utf8");
    } catch {
      return "";
    }
  }

  private hasSaid(words: string): boolean {
    if (this.up.exitCode !== null) throw new Error(`the system ended with ${this.up.exitCode}`);
    return this.said().includes(words);
  }

  // Of the newest process of that name.
  pidOf(name: Service): number {
    const lines = [...this.said().matchAll(/msg="process (?:is ready|restarted)" .*? name=(\S+) pid=(\d+)/g)];
    const pid = lines.findLast((line) => line[1] === name)?.[2];
    if (!pid) throw new Error(`nothing is known of ${name}`);
    return Number(pid);
  }

  kill(name: Service): void {
    process.kill(this.pidOf(name), "SIGKILL");
  }

  // Stops a process in its tracks, as one that hangs; it does not end, so nobody starts it anew.
  freeze(name: Service): void {
    process.kill(this.pidOf(name), "SIGSTOP");
  }
  thaw(name: Service): void {
    process.kill(this.pidOf(name), "SIGCONT");
  }

  async stop(): Promise<void> {
    if (this.up.exitCode === null && this.up.signalCode === null) {
      const ended = once(this.up, "exit");
      this.up.kill("SIGTERM");
      const timer = setTimeout(() => this.up.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    }
    const left = processesIn(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`processes are left behind: ${left.join(", ")}`);
  }
}

function processesIn(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder);
      } catch {
        return false; // it has ended
      }
    });
}

// One system for all tests of a file.
export function useSystem(options: Options = {}): () => System {
  let system: System | undefined;
  beforeAll(async () => {
    system = await System.start(options);
  });
  afterAll(() => system?.stop());
  return () => {
    if (!system) throw new Error("the system has not been started");
    return system;
  };
}
