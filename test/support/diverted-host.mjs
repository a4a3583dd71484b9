/**
 * Loaded into a gateway before its own code: what it would fetch from one host of the internet, it fetches from loopback.
 * The host has an address out of the range for tests of networks (RFC 2544), since a channel takes nothing from loopback.
 */
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";

const ADDRESS = "198.18.0.1";
const host = process.env.DIVERTED_HOST;
const port = Number(process.env.DIVERTED_PORT);

const { lookup } = dns;
dns.lookup = (name, options, callback) => {
  if (name !== host) return lookup(name, options, callback);
  const given = typeof options === "function" ? {} : options;
  const done = typeof options === "function" ? options : callback;
  const found = { address: ADDRESS, family: 4 };
  queueMicrotask(() => (given.all ? done(null, [found]) : done(null, found.address, 4)));
};

const lookupLater = dns.promises.lookup;
dns.promises.lookup = async (name, options) => {
  if (name !== host) return lookupLater(name, options);
  const found = { address: ADDRESS, family: 4 };
  return options?.all ? [found] : found;
};
syncBuiltinESMExports();

const connect = Reflect.get(Socket.prototype, "connect");
Socket.prototype.connect = function connectDiverted(...args) {
  // net.connect hands on what it has made of its arguments as an array.
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const isThere = options?.host === host || options?.host === ADDRESS;
  if (isThere && Number(options.port) === 443) {
    Object.assign(options, { host: "127.0.0.1", port, lookup: undefined });
  }
  return Reflect.apply(connect, this, args);
};
