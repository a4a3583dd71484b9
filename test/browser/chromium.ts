import { type Browser, chromium } from "playwright-core";

/** Where Debian's package puts it. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** A headless Chromium. @throws where there is none: a test that needs one must not pass without it */
export function launchChromium(): Promise<Browser> {
  return chromium
    .launch({
      executablePath: CHROMIUM,
      // Nobody but a gateway on this machine is to be talked to, wherever this runs.
      args: ["--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    })
    .catch((error: unknown) => {
      throw new Error(
        `Chromium did not start from ${CHROMIUM}. Install it, or name another in CHROMIUM.`,
        { cause: error },
      );
    });
}
