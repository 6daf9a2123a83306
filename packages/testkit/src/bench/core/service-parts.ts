// The services are programs, not libraries: a bench loads the compiled parts it measures from where they run.
const ROOT = new URL('../../../../../', import.meta.url);

export function loadPart<T>(app: string, file: string): Promise<T> {
  return import(new URL(`apps/${app}/dist/${file}`, ROOT).href) as Promise<T>;
}

/** What a package keeps to itself, for a bench that measures it. */
export function loadInside<T>(name: string, file: string): Promise<T> {
  return import(new URL(`packages/${name}/dist/${file}`, ROOT).href) as Promise<T>;
}
