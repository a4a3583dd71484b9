/** The process of one group of rows. Arguments: the task as JSON, or `model` for the scripted model. */
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Group } from "./bench.js";
import type { GroupName } from "./group-names.js";
import { inboxGroup } from "./groups/inbox.js";
import { loadGroup } from "./groups/load.js";
import { loopGroup } from "./groups/loop.js";
import { memoryGroup } from "./groups/memory.js";
import { messagesGroup } from "./groups/messages.js";
import { notificationsGroup } from "./groups/notifications.js";
import { turnsGroup } from "./groups/turns.js";
import { wireGroup } from "./groups/wire.js";
import type { GroupMessage, GroupTask } from "./run-group.js";
import { MODEL_ROLE, serveModel } from "./support/model.js";

const groups: Record<GroupName, Group> = {
  turns: turnsGroup,
  wire: wireGroup,
  notifications: notificationsGroup,
  messages: messagesGroup,
  loop: loopGroup,
  memory: memoryGroup,
  inbox: inboxGroup,
  load: loadGroup,
};

function tell(message: GroupMessage): void {
  process.send?.(message);
}

async function runTask(task: GroupTask): Promise<void> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), "codex-conversation-bench-"));
  try {
    await groups[task.group]({
      ...task,
      folder,
      progress: (text) => tell({ progress: text }),
      row: (row) => tell({ row }),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [argument = ""] = process.argv.slice(2);
if (argument === MODEL_ROLE) {
  await serveModel();
} else {
  // Most timers of the plugin keep no process alive; a gateway is.
  process.channel?.ref();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the bench that started this process
  await runTask(JSON.parse(argument) as GroupTask);
  process.disconnect();
}
