import type { ServerResponse } from "node:http";
import { serveOnLoopback, type LoopbackServer } from "./loopback-server.js";

/** A tool server (MCP over HTTP) that lets nobody in who has not signed in, with the sign-in (OAuth) beside it. */
export async function guardedToolServer(): Promise<LoopbackServer> {
  const server = await serveOnLoopback((request, response) => {
    const base = server.url;
    const path = request.url ?? "";
    if (path.includes("oauth-protected-resource")) {
      return answer(response, 200, { resource: `${base}/mcp`, authorization_servers: [base] });
    }
    if (path.includes("oauth-authorization-server")) {
      return answer(response, 200, {
        issuer: base,
        authorization_endpoint: `${base}/authorize`,
        token_endpoint: `${base}/token`,
        registration_endpoint: `${base}/register`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      });
    }
    if (path === "/register") {
      const client = { client_id: "codex", token_endpoint_auth_method: "none", redirect_uris: [] };
      return answer(response, 201, client);
    }
    if (path === "/token") {
      return answer(response, 200, { access_token: "t", token_type: "bearer", expires_in: 3600 });
    }
    const how = `Bearer resource_metadata="${base}/.well-known/oauth-protected-resource"`;
    return answer(response, 401, { error: "unauthorized" }, { "www-authenticate": how });
  });
  return server;
}

/** What a browser does at a sign-in that its person consents to: it goes back to whoever has asked. */
export async function consent(authorizationUrl: string): Promise<number> {
  const { searchParams } = new URL(authorizationUrl);
  const back = new URL(searchParams.get("redirect_uri") ?? "");
  back.searchParams.set("code", "c");
  back.searchParams.set("state", searchParams.get("state") ?? "");
  return (await fetch(back)).status;
}

function answer(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
