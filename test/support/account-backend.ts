/** OpenAI's sign-in by device code and its account pages, on loopback, for the real Codex. */
import { Journal } from "./journal.js";
import { type LoopbackServer, readBody, serveOnLoopback } from "./loopback-server.js";
import { asObject, parseJson, type JsonObject } from "./wire-guards.js";

const ACCOUNT = "acct-1";
const USER_CODE = "ABCD-12345";

export class AccountBackend {
  /** What Codex asked, as `METHOD PATH`. */
  readonly asked = new Journal<{ what: string; body: JsonObject }>("requests", ({ what }) => what);
  /** Whether the person has entered the code, and said yes. */
  isAllowed = false;
  /** How much of the five hours is used up, in per cent. */
  used = 20;
  credits = 2;
  readonly userCode = USER_CODE;
  readonly #server: LoopbackServer;

  static async start(): Promise<AccountBackend> {
    const ready = Promise.withResolvers<AccountBackend>();
    const server = await serveOnLoopback(async (request, response) => {
      const backend = await ready.promise;
      const body = (await readBody(request)).toString();
      const answer = backend.#answer(request.method ?? "", request.url ?? "", body);
      response.writeHead(answer === undefined ? 403 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    });
    const backend = new AccountBackend(server);
    ready.resolve(backend);
    return backend;
  }

  private constructor(server: LoopbackServer) {
    this.#server = server;
  }

  /** For the environment of Codex. */
  get environment(): Readonly<Record<string, string>> {
    return {
      CODEX_APP_SERVER_LOGIN_ISSUER: this.#server.url,
      CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${this.#server.url}/oauth/revoke`,
    };
  }

  /** Lines of Codex's config.toml. */
  get codexConfig(): string[] {
    return [`chatgpt_base_url = "${this.#server.url}/backend-api"`];
  }

  get url(): string {
    return this.#server.url;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  #answer(method: string, url: string, body: string): unknown {
    const { pathname } = new URL(url, this.#server.url);
    const read = body.startsWith("{") ? asObject(parseJson(body)) : { text: body };
    this.asked.append({ what: `${method} ${pathname}`, body: read });
    switch (pathname) {
      case "/api/accounts/deviceauth/usercode":
        return { device_auth_id: "device-1", user_code: USER_CODE, interval: "1" };
      case "/api/accounts/deviceauth/token":
        if (!this.isAllowed) return undefined;
        return { authorization_code: "code-1", code_challenge: "c", code_verifier: "v" };
      case "/oauth/token":
        return { id_token: idToken(), access_token: idToken(), refresh_token: "refresh-1" };
      case "/backend-api/wham/usage":
        return this.#usage();
      case "/backend-api/wham/profiles/me":
        return {
          stats: {
            lifetime_tokens: 1500,
            daily_usage_buckets: [{ start_date: "2026-11-20", tokens: 500 }],
          },
        };
      case "/backend-api/wham/rate-limit-reset-credits/consume":
        return { code: "reset" };
      default:
        return {};
    }
  }

  #usage(): unknown {
    const window = {
      used_percent: this.used,
      limit_window_seconds: 18_000,
      reset_after_seconds: 3600,
      reset_at: Math.floor(Date.now() / 1000) + 3600,
    };
    return {
      plan_type: "plus",
      rate_limit: { allowed: true, limit_reached: false, primary_window: window },
      rate_limit_reset_credits: { available_count: this.credits },
    };
  }
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function idToken(): string {
  const auth = {
    chatgpt_plan_type: "plus",
    chatgpt_account_id: ACCOUNT,
    chatgpt_user_id: "user-1",
  };
  const claims = {
    email: "person@example.com",
    exp: 4_000_000_000,
    "https://api.openai.com/auth": auth,
  };
  return `${part({ alg: "none" })}.${part(claims)}.${part("signature")}`;
}
