import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ArrivingForm } from '../http/arriving-form.js';
import { FORM } from '../http/form-body.js';
import type { DtoClass } from '../validation/json-schema.js';
import { limits } from '../validation/limits.js';
import { dtoCheck } from './dto-check.js';
import { rememberSource } from './parameter-sources.js';

/** What a caller sent to an endpoint that takes both: JSON, checked against the rules of the class, or a form whose files are read as they arrive. */
export type Upload<T extends object> = { kind: 'json'; body: T } | ({ kind: 'form' } & Pick<ArrivingForm, 'fields' | 'files'>);

function formOf({ raw }: FastifyRequest): Upload<never> {
  const { fields, files } = new ArrivingForm(raw, raw.headers['content-type'] ?? '', limits());
  return { kind: 'form', fields, files };
}

/**
 * The body of an endpoint that takes JSON or a form (`multipart/form-data`) on one route, as an `Upload` of the class.
 * The fields of a form are complete when its files have been gone through; a transaction that is opened before that waits for the caller.
 */
export function FromUpload(type: DtoClass): ParameterDecorator {
  return (target, property, index) => {
    const name = property as string;
    const { prepare, check } = dtoCheck(type, 'body', () => Reflect.get(target, name) as object);
    const read = (_data: unknown, context: ExecutionContext): Upload<object> => {
      const request = context.getArgByIndex<FastifyRequest>(0);
      return request.body === FORM ? formOf(request) : { kind: 'json', body: check(request.body) };
    };
    rememberSource(target, name, { kind: 'upload', type, prepare });
    RouteConfig({ takesForms: true })(target, name, Object.getOwnPropertyDescriptor(target, name) as PropertyDescriptor);
    createParamDecorator(read)()(target, name, index);
  };
}
