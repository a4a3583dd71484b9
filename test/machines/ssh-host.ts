/** A real sshd on loopback for the current user, with keys of its own: a machine that is reached over ssh. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { findFreePort } from "../support/loopback-server.js";

const SSHD = "/usr/sbin/sshd";

export class SshHost {
  readonly #folder: string;
  readonly #port: number;
  readonly #sshd: ChildProcess;

  /** @throws where there is no sshd, with how to get one */
  static async start(folder: string): Promise<SshHost> {
    await access(SSHD).catch(() => {
      throw new Error(`There is no ${SSHD}. Install it: apt-get install openssh-server`);
    });
    await mkdir(folder, { recursive: true });
    await Promise.all(["host-key", "user-key", "other-key"].map((name) => makeKey(folder, name)));
    await writeFile(
      join(folder, "authorized_keys"),
      await readFile(join(folder, "user-key.pub"), "utf8"),
      { mode: 0o600 },
    );
    const port = await findFreePort();
    const hostKey = await readFile(join(folder, "host-key.pub"), "utf8");
    await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${port} ${hostKey}`);
    await writeFile(join(folder, "no_known_hosts"), "");
    // Where sshd keeps its unprivileged half when root starts it; others need none.
    if (userInfo().uid === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    const config = [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(folder, "host-key")}`,
      `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
      `PidFile ${join(folder, "sshd.pid")}`,
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PubkeyAuthentication yes",
      "PermitRootLogin prohibit-password",
      "UsePAM no",
      // The folders above are the system's temporary ones.
      "StrictModes no",
    ];
    const configFile = join(folder, "sshd_config");
    await writeFile(configFile, `${config.join("\n")}\n`);
    const sshd = spawn(SSHD, ["-D", "-e", "-f", configFile], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const lines: string[] = [];
    for await (const line of createInterface(sshd.stderr)) {
      lines.push(line);
      if (!line.startsWith("Server listening on")) continue;
      sshd.stderr.resume();
      return new SshHost(folder, port, sshd);
    }
    throw new Error(`sshd ended before it listened: ${lines.join("\n")}`);
  }

  private constructor(folder: string, port: number, sshd: ChildProcess) {
    this.#folder = folder;
    this.#port = port;
    this.#sshd = sshd;
  }

  /** What follows `ssh` to run a command there: with a key that is let in or one that is not, knowing the host or not. */
  argsFor(
    command: readonly string[],
    { key = "user-key", knownHosts = "known_hosts" } = {},
  ): string[] {
    const options = {
      BatchMode: "yes",
      IdentitiesOnly: "yes",
      IdentityFile: join(this.#folder, key),
      UserKnownHostsFile: join(this.#folder, knownHosts),
      GlobalKnownHostsFile: "/dev/null",
      StrictHostKeyChecking: "yes",
      Port: String(this.#port),
    };
    const given = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return ["-F", "/dev/null", ...given, "127.0.0.1", ...command];
  }

  /** Ends every connection to it, as a network does that fails, and takes new ones from then on. */
  async cutConnections(): Promise<void> {
    for (const pid of await childrenOf(this.#sshd.pid)) process.kill(pid, "SIGKILL");
  }

  async stop(): Promise<void> {
    const gone = once(this.#sshd, "exit");
    await this.cutConnections().catch(() => undefined);
    if (this.#sshd.kill("SIGKILL")) await gone;
  }
}

async function childrenOf(parent: number | undefined): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const facts = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "latin1").catch(() => "")),
  );
  // After the name, which stands in brackets, come the state and the parent.
  return pids.filter((_, at) => facts[at]?.split(") ").at(-1)?.split(" ")[1] === String(parent));
}

async function makeKey(folder: string, name: string): Promise<void> {
  const args = ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)];
  await promisify(execFile)("ssh-keygen", args);
}
