/** Slack answers 200 with `ok: false` and a code. https://docs.slack.dev/apis/web-api/#responses */

export class SlackRefusal extends Error {
  readonly code: string;
  /** What is wrong in it, as `response_metadata.messages` tells. */
  readonly details: readonly string[];

  constructor(code: string, ...details: string[]) {
    super([code, ...details].join(": "));
    this.code = code;
    this.details = details;
  }

  get body(): Record<string, unknown> {
    return {
      ok: false,
      error: this.code,
      ...(this.details.length > 0 && { response_metadata: { messages: this.details } }),
    };
  }
}
