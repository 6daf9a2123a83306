interface Route {
  pattern: RegExp;
  methods: readonly string[];
}

function patternOf(template: string): RegExp {
  const source = template.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${source.join('/')}$`);
}

/** Which methods an address takes: asked only when a request matched no route, to tell 405 from 404. */
export class RouteTable {
  private readonly routes: Route[] = [];

  add(template: string, methods: string | readonly string[]): void {
    this.routes.push({ pattern: patternOf(template), methods: [methods].flat() });
  }

  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] ?? url;
    const found = this.routes.filter((route) => route.pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(found)].sort();
  }
}
