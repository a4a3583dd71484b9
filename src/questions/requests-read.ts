/** The requests of Codex's that a person answers, as they come over the wire; fields that older versions lack may miss. */
import * as z from "zod/mini";

const text = z.nullish(z.string());

export const commandApproval = z.object({
  kind: text,
  /** A line, or its words one by one. */
  command: z.nullish(z.union([z.string(), z.array(z.string())])),
  cwd: text,
  environmentId: text,
  reason: text,
  networkApprovalContext: z.nullish(z.object({ host: z.string(), protocol: text })),
  additionalPermissions: z.nullish(z.record(z.string(), z.unknown())),
  /** The lasting ones are objects. */
  availableDecisions: z.nullish(z.array(z.unknown())),
});

/** A decision that Codex keeps as a rule, for all threads. */
export const lastingDecision = z.union([
  z.object({
    acceptWithExecpolicyAmendment: z.object({
      execpolicy_amendment: z.array(z.string()).check(z.minLength(1)),
    }),
  }),
  z.object({
    applyNetworkPolicyAmendment: z.object({
      network_policy_amendment: z.object({
        host: z.string().check(z.minLength(1)),
        action: z.literal("allow"),
      }),
    }),
  }),
]);

export const fileApproval = z.object({
  itemId: z.string(),
  reason: text,
  grantRoot: text,
  availableDecisions: z.nullish(z.array(z.unknown())),
});

export const permissionsApproval = z.object({
  cwd: text,
  environmentId: text,
  reason: text,
  /** A grant repeats them. */
  permissions: z.record(z.string(), z.json()),
});

const inputOption = z.object({ label: z.string(), description: text });

export const inputQuestion = z.object({
  id: z.string(),
  header: text,
  question: text,
  isOther: z.nullish(z.boolean()),
  isSecret: z.nullish(z.boolean()),
  options: z.nullish(z.array(inputOption)),
});

export const userInput = z.object({
  questions: z.array(inputQuestion),
  autoResolutionMs: z.nullish(z.number()),
});

export const elicitation = z.object({
  mode: text,
  message: text,
  title: text,
  serverName: text,
  _meta: z.nullish(z.unknown()),
  requestedSchema: z.nullish(z.unknown()),
});

export type InputQuestion = z.infer<typeof inputQuestion>;
export type Elicitation = z.infer<typeof elicitation>;
