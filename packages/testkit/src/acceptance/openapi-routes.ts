type Operations = Record<string, { security?: unknown[]; 'x-required-scope'?: string; operationId?: string }>;

export interface DescribedRoute {
  /** As `GET /jobs/{id}`. */
  name: string;
  method: string;
  path: string;
  /** The scope that it asks for; undefined for public routes. */
  scope: string | undefined;
}

/** Every route that a running service describes. */
export async function describedRoutes(baseUrl: string): Promise<DescribedRoute[]> {
  const document = (await (await fetch(`${baseUrl}/openapi.json`)).json()) as { paths: Record<string, Operations> };
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      scope: operation['x-required-scope'],
    })),
  );
}
