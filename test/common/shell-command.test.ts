/** The script in a command that Codex wraps into a shell of its own. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { commandToRead, shellWords } from "../../src/common/shell-command.js";

describe("a command in a shell's wrapping reads as its script", () => {
  test.each([
    ["/bin/bash -lc 'echo 12 passed'", "echo 12 passed"],
    [
      `/bin/bash -lc "echo 'it'\\\\''s' \\""'$(whoami)" | tee /etc/y; rm -rf /tmp/*'`,
      `echo 'it'\\''s' "$(whoami)" | tee /etc/y; rm -rf /tmp/*`,
    ],
    [`bash -lc "a \\"b\\" \\\\ \\$HOME \\\`c\\\` \\d"`, 'a "b" \\ $HOME `c` \\d'],
    ["/usr/bin/zsh -lc ls", "ls"],
    ["/bin/sh -c 'one\ntwo'", "one\ntwo"],
    [`/bin/bash -lc 'it'"'"'s'`, "it's"],
    ["/usr/local/bin/bash -lc rm\\ -rf\\ x", "rm -rf x"],
  ])("%s", (command, script) => {
    expect(commandToRead(command)).toBe(script);
  });

  test("where its words come one by one", () => {
    expect(commandToRead(["/bin/bash", "-lc", "echo 'a' && b"])).toBe("echo 'a' && b");
  });
});

describe("any other command reads as it came", () => {
  test.each([
    "npm publish",
    "/tmp/x/bash -lc 'ls'",
    "bash -lc 'ls' more",
    "bash -lc 'ls'; rm -rf /",
    'bash -lc "$(cat x)"',
    'bash -lc "`cat x`"',
    "bash -lc 'open",
    "bash -lc ''",
    "bash -xc 'ls'",
    "PATH=/tmp bash -lc 'ls'",
    "bash -lc $'a\\nb'",
    "bash -lc a\\\nb",
    "",
  ])("%s", (command) => {
    expect(commandToRead(command)).toBe(command);
  });

  test("words that are no shell's show where each begins and ends", () => {
    expect(commandToRead(["rm", "-rf", "a b"])).toBe('["rm","-rf","a b"]');
  });
});

function printedByShell(line: string): string[] {
  const printed = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
  return printed.split("\0").slice(0, -1);
}

test("words are those that a shell finds", () => {
  for (const line of [
    "a 'b c' d",
    `"a \\" \\$ \\x" 'it'\\''s'`,
    "a''b \"\" 'x\ny'",
    "--name=value a%b",
    `\\a\\ b "c\\\nd"`,
  ]) {
    expect(shellWords(line)).toEqual(printedByShell(line));
  }
});
