/** `/codexchat fast` and `permissions`: how this chat's turns run. */
import { PERMISSION_MODES } from "../app-server/config-schema.js";
import { auditCommand } from "../host/audit.js";
import {
  setCodexConversationFastMode,
  setCodexConversationPermissions,
} from "../messages/control.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const fast: Subcommand = async (host, ctx, args) => {
  const [wanted = "status", ...rest] = args;
  if (rest.length > 0 || !["on", "off", "status"].includes(wanted)) return undefined;
  return withSession(host, ctx, (session) =>
    setCodexConversationFastMode(
      wanted === "status" ? session : { ...session, enabled: wanted === "on" },
    ),
  );
};

export const permissions: Subcommand = async (host, ctx, args) => {
  const [wanted = "status", ...rest] = args;
  const mode = PERMISSION_MODES.find((known) => known === wanted);
  if (rest.length > 0 || (mode === undefined && wanted !== "status")) return undefined;
  return withSession(host, ctx, async (session) => {
    if (mode === undefined) return setCodexConversationPermissions(session);
    const said = await setCodexConversationPermissions({ ...session, mode });
    const { sessionFile } = session;
    await auditCommand(host, ctx, {
      event: "permissions",
      session: sessionFile,
      outcome: said,
      text: mode,
    });
    return said;
  });
};
