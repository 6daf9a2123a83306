import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { DownloadError } from './download.js';

/** As curl reads them: in small letters or in capitals. */
const setting = (env: NodeJS.ProcessEnv, name: string) => env[name.toLowerCase()] ?? env[name] ?? '';

function addressIn(env: NodeJS.ProcessEnv, name: string): string {
  const value = setting(env, name);
  if (value === '' || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) return value;
  // The value is not shown: it may hold a password.
  throw new DownloadError(`${name} is not the address of a proxy. Write it as http://host:port.`);
}

/** How hosts are reached: by way of the proxies that HTTPS_PROXY and HTTP_PROXY name, but for the hosts in NO_PROXY. To be closed. */
export function openProxies(env: NodeJS.ProcessEnv): Dispatcher {
  return new EnvHttpProxyAgent({ httpsProxy: addressIn(env, 'HTTPS_PROXY'), httpProxy: addressIn(env, 'HTTP_PROXY'), noProxy: setting(env, 'NO_PROXY') });
}
