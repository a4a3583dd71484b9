/** https://developers.line.biz/en/reference/messaging-api/#error-responses */
export class LineRefusal extends Error {
  readonly status: number;
  readonly details: readonly { property: string; message: string }[];

  constructor(status: number, message: string, property?: string) {
    super(property === undefined ? message : `${message}: ${property}`);
    this.status = status;
    this.details = property === undefined ? [] : [{ property, message }];
  }

  get body(): Record<string, unknown> {
    if (this.details.length === 0) return { message: this.message };
    return {
      message: `The request body has ${this.details.length} error(s)`,
      details: this.details,
    };
  }
}
