/**
 * `openclaw codexchat …`: the bound chats from a terminal. It runs in a process of its own, beside the gateway that owns the
 * state: so it asks the gateway, and reads what is on disk if the gateway does not answer. It changes nothing by itself.
 */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import type { PluginHost } from "../host/plugin-host.js";
import { cliWords } from "../words/cli-words.js";
import { OperatorCli, type AuditOptions, type Options, type Terminal } from "./operator-cli.js";

type Program = Parameters<Parameters<OpenClawPluginApi["registerCli"]>[0]>[0]["program"];

const NAME = "codexchat";
const descriptor = { name: NAME, description: cliWords.about, hasSubcommands: true };

const standard: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  fail: () => {
    process.exitCode = 1;
  },
};

export function registerCli(api: PluginHost & Partial<OpenClawPluginApi>): void {
  api.registerCli?.(({ program }) => addCommands(program, api), { descriptors: [descriptor] });
}

export function addCommands(program: Program, host: PluginHost, terminal = standard): void {
  const cli = new OperatorCli(host, terminal);
  const codexchat = program.command(NAME).description(cliWords.about);
  codexchat
    .command("list")
    .description(cliWords.list)
    .option("--json", cliWords.json)
    .action((options: Options) => cli.list(options));
  codexchat
    .command("show")
    .description(cliWords.show)
    .argument("<chat>", cliWords.whichChat)
    .option("--json", cliWords.json)
    .action((chat: string, options: Options) => cli.show(chat, options));
  codexchat
    .command("detach")
    .description(cliWords.detach)
    .argument("<chat>", cliWords.whichChat)
    .option("--json", cliWords.json)
    .action((chat: string, options: Options) => cli.detach(chat, options));
  codexchat
    .command("audit")
    .description(cliWords.audit)
    .option("--chat <chat>", cliWords.auditChat)
    .option("--event <event>", cliWords.auditEvent)
    .option("--limit <count>", cliWords.auditLimit)
    .option("--json", cliWords.json)
    .action((options: AuditOptions) => cli.audit(options));
  codexchat
    .command("doctor")
    .description(cliWords.doctor)
    .option("--json", cliWords.json)
    .action((options: Options) => cli.doctor(options));
}
