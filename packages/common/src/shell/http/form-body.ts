import type { FastifyInstance } from 'fastify';
import { CairnError } from '../../errors/catalogue.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes forms with files besides JSON. */
    takesForms?: boolean;
  }
}

/** What `request.body` is when the body is a form: it has not been read yet. Who may call is known before the first byte of a file is taken. */
export const FORM = Symbol('a form that arrives');

/** Lets forms pass to the routes that take them; for every other route they stay a content type that is not supported. */
export function passForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('multipart/form-data', (request, _payload, done) => {
    if (request.routeOptions.config.takesForms) return done(null, FORM);
    done(new CairnError('unsupported_media_type', 'This address takes no forms. Send JSON with Content-Type: application/json.'));
  });
}
