/** A certificate that a stand-in signs itself, for a name that only a test's gateway is told to trust. */
import { generateKeyPairSync, sign } from "node:crypto";

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.1, in the encoding of X.690 */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  text: 0x0c,
  sequence: 0x30,
  set: 0x31,
  time: 0x17,
} as const;
const ECDSA_WITH_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");
const COMMON_NAME = Buffer.from("0603550403", "hex");
const BASIC_CONSTRAINTS = Buffer.from("0603551d13", "hex");
const ALTERNATIVE_NAME = Buffer.from("0603551d11", "hex");
/** Context-specific tags: the version, the extensions, a name of the DNS. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;

const DAY_MS = 24 * 60 * 60_000;
const TRUE = der(TAG.boolean, Buffer.from([0xff]));

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface Authority extends Certificate {
  readonly name: string;
}

/** Good for a day on either side of now. */
export function selfSigned(host: string): Certificate {
  return makeCertificate(host, { host, isAuthority: true });
}

/** An authority of a test's own. */
export function newAuthority(name: string): Authority {
  return { ...makeCertificate(name, { isAuthority: true }), name };
}

/** A certificate for a host that the authority has signed. */
export function certifiedBy(issuer: Authority, host: string): Certificate {
  return makeCertificate(host, { host, issuer });
}

/** Signed by itself where it has no issuer. */
function makeCertificate(
  subject: string,
  {
    host,
    issuer,
    isAuthority = false,
  }: { host?: string; issuer?: Authority; isAuthority?: boolean },
): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(TAG.sequence, ECDSA_WITH_SHA256);
  const [from, to] = [Date.now() - DAY_MS, Date.now() + DAY_MS].map(utcTime);
  const authority = der(TAG.octets, der(TAG.sequence, ...(isAuthority ? [TRUE] : [])));
  const extensions = [der(TAG.sequence, BASIC_CONSTRAINTS, TRUE, authority)];
  if (host !== undefined) {
    const names = der(TAG.octets, der(TAG.sequence, der(DNS_NAME, Buffer.from(host))));
    extensions.push(der(TAG.sequence, ALTERNATIVE_NAME, names));
  }
  const content = der(
    TAG.sequence,
    der(VERSION, integer(2)),
    integer(1),
    algorithm,
    nameOf(issuer?.name ?? subject),
    der(TAG.sequence, ...[from, to].filter((time) => time !== undefined)),
    nameOf(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(EXTENSIONS, der(TAG.sequence, ...extensions)),
  );
  const signature = sign("sha256", content, issuer?.key ?? privateKey);
  const whole = der(
    TAG.sequence,
    content,
    algorithm,
    der(TAG.bits, Buffer.concat([Buffer.from([0]), signature])),
  );
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

function nameOf(text: string): Buffer {
  return der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, COMMON_NAME, der(TAG.text, Buffer.from(text)))),
  );
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80
      ? [length]
      : length < 0x1_00
        ? [0x81, length]
        : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function integer(value: number): Buffer {
  return der(TAG.integer, Buffer.from([value]));
}

function utcTime(ms: number): Buffer {
  const text = new Date(ms)
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, "")
    .slice(2);
  return der(TAG.time, Buffer.from(text));
}
