import { spawn, type ChildProcess } from "node:child_process";

/**
 * Sends a signal to the child and to whatever it started in its process group. A group or process that is
 * gone already is no error.
 */
export function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    // Windows has no groups; taskkill walks the tree, and only /F reaches a console process. It must not
    // look for a child that has ended: the pid can belong to another process by then.
    if (child.exitCode !== null || child.signalCode !== null) return;
    spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore" }).on(
      "error",
      () => child.kill(signal),
    );
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: everyone has left. EPERM (macOS): only zombies are left.
  }
}
