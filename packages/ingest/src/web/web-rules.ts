import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './addresses.js';
import { closedPort, hasCredentials, notAHost, notAnAddress, notPublic } from './web-refused.js';

/** Every address that a name has. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export interface WebAllowance {
  /** `host:port` pairs that may be connected to whatever their address is; an IPv6 address in brackets. */
  allow?: readonly string[];
  /** Ports beside 80 and 443 that may be connected to on the open internet. */
  ports?: readonly number[];
  resolve?: Resolve;
}

/** A server that is asked by another protocol than HTTP. */
export interface HostPort {
  host: string;
  port: number;
}

const MOST_ADDRESS = 2_048;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

// Names that mean something of our own, whatever resolves them.
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/;

export const portOf = (url: URL): number => (url.port === '' ? (PORTS[url.protocol] as number) : Number(url.port));

const withoutBrackets = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

const resolveBySystem: Resolve = async (name) => (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address);

/** A pair as an operator writes it, in the form that a URL has. */
function pairOf(written: string): string {
  const url = readUrl(`http://${written}`);
  if (url === undefined) throw new Error(`${written} is not a host and a port, such as 127.0.0.1:9000`);
  return `${withoutBrackets(url.hostname)}:${portOf(url)}`;
}

/** Where requests may go. */
export class WebRules {
  readonly resolve: Resolve;
  readonly allow: readonly string[];
  readonly ports: readonly number[];
  private readonly allowedPairs: ReadonlySet<string>;

  constructor({ allow = [], ports = [], resolve = resolveBySystem }: WebAllowance) {
    this.allow = allow;
    this.ports = [...Object.values(PORTS), ...ports];
    this.allowedPairs = new Set(allow.map(pairOf));
    this.resolve = resolve;
  }

  /** The operator's word for exactly this host and port. */
  isAllowed(host: string, port: number): boolean {
    return this.allowedPairs.has(`${host}:${port}`);
  }

  /** The same for an address that was checked. */
  allows(url: URL): boolean {
    return this.isAllowed(withoutBrackets(url.hostname), portOf(url));
  }

  /**
   * Understands an address and refuses what can be seen to be forbidden: other protocols, credentials, ports, addresses that are not public
   * in whatever way they are written, and names of our own. Nothing is asked of anybody.
   */
  check(address: string | URL): URL {
    const url = parse(address);
    if (url.username !== '' || url.password !== '') throw hasCredentials(url);
    const host = withoutBrackets(url.hostname);
    const port = portOf(url);
    if (this.isAllowed(host, port)) return url;
    if (!this.ports.includes(port)) throw closedPort(url);
    if (isOurs(host)) throw notPublic(url);
    return url;
  }

  /** The same for a server that speaks another protocol, on the ports that this one has. Answers the host as it compares. */
  checkPlace(place: HostPort, ports: readonly number[]): string {
    const host = hostOf(place);
    const subject = { field: 'host', value: place.host };
    if (host === undefined) throw notAHost(subject);
    if (this.isAllowed(host, place.port)) return host;
    if (!ports.includes(place.port)) throw closedPort(subject);
    if (isOurs(host)) throw notPublic(subject);
    return host;
  }
}

const readUrl = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

const withoutEndDot = (host: string): string => host.replace(/\.+$/, '');

const isOurs = (host: string): boolean => (isIP(host) === 0 ? isLocalName(host) : !isPublicAddress(host));

/** What nothing but a host can be made of: everything else would be another part of an address. */
function hostOf({ host, port }: HostPort): string | undefined {
  if (/[\s/?#@\\[\]]/.test(host)) return undefined;
  const url = readUrl(`http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
  return url && withoutEndDot(withoutBrackets(url.hostname));
}

function parse(address: string | URL): URL {
  const text = String(address);
  const url = text.length > MOST_ADDRESS ? undefined : readUrl(text);
  if (url === undefined || !(url.protocol in PORTS)) throw notAnAddress(text);
  // A dot at the end of a name changes nothing but how it compares.
  const bare = withoutEndDot(url.hostname);
  if (bare !== url.hostname) url.hostname = bare;
  url.hash = '';
  return url;
}

// A name without a dot is one of our own network: of a container, mostly.
const isLocalName = (name: string): boolean => !name.includes('.') || LOCAL_NAME.test(name);
