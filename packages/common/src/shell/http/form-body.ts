import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CairnError } from '../../errors/catalogue.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes forms with files besides JSON. */
    takesForms?: boolean;
  }
}

/** What `request.body` is when the body is a form: it has not been read yet. Who may call is known before the first byte of a file is taken. */
export const FORM = Symbol('a form that arrives');

/** Lets forms pass to the routes that take them, and refuses every other content type but JSON with what the route takes. */
export function passForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('multipart/form-data', (request, _payload, done) => {
    if (request.routeOptions.config.takesForms) return done(null, FORM);
    done(unsupported(request));
  });
  fastify.addContentTypeParser('*', (request, _payload, done) => done(unsupported(request)));
}

function unsupported({ routeOptions }: FastifyRequest): CairnError {
  const json = 'JSON with Content-Type: application/json';
  const ways = routeOptions.config.takesForms ? `a form (multipart/form-data) with the file as its field file, or ${json}` : json;
  return new CairnError('unsupported_media_type', `The content type of the body is not supported here. Send ${ways}.`);
}
