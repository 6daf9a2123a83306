/** The text of routes.ts for an OpenAPI document. */
export function renderRoutes(api: unknown): string;
