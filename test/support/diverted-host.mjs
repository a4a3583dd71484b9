/**
 * Loaded into a gateway before its own code: what it would fetch from some hosts of the internet, it fetches from loopback.
 * They have addresses out of the range for tests of networks (RFC 2544), since a channel takes nothing from loopback.
 */
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";

const ports = new Map(Object.entries(JSON.parse(process.env.DIVERTED_HOSTS ?? "{}")));
const addresses = new Map([...ports.keys()].map((host, index) => [host, `198.18.0.${index + 1}`]));
const portsOfAddresses = new Map(
  [...addresses].map(([host, address]) => [address, ports.get(host)]),
);

const { lookup } = dns;
dns.lookup = (name, options, callback) => {
  const address = addresses.get(name);
  if (address === undefined) return lookup(name, options, callback);
  const given = typeof options === "function" ? {} : options;
  const done = typeof options === "function" ? options : callback;
  queueMicrotask(() => (given.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)));
};

const lookupLater = dns.promises.lookup;
dns.promises.lookup = async (name, options) => {
  const address = addresses.get(name);
  if (address === undefined) return lookupLater(name, options);
  const found = { address, family: 4 };
  return options?.all ? [found] : found;
};
syncBuiltinESMExports();

const connect = Reflect.get(Socket.prototype, "connect");
Socket.prototype.connect = function connectDiverted(...args) {
  // net.connect hands on what it has made of its arguments as an array.
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const port = ports.get(options?.host) ?? portsOfAddresses.get(options?.host);
  if (port !== undefined && Number(options.port) === 443) {
    Object.assign(options, { host: "127.0.0.1", port, lookup: undefined });
  }
  return Reflect.apply(connect, this, args);
};
