/** Injects the logger of the service (a pino `Logger`): `@Inject(LOGGER) private readonly log: Logger`. */
export const LOGGER = Symbol('logger');
