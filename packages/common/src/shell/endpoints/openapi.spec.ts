import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { Validator } from '@seriousme/openapi-schema-validator';
import { IsString } from 'class-validator';
import { EchoController, EchoModule, StrictRequest } from '../testing/echo.fixture.js';
import { startEcho } from '../testing/start-echo.js';
import type { JsonSchema } from '../validation/json-schema.js';
import { collectEndpoints } from './collect-endpoints.js';
import { describeApi } from './describe-api.js';
import { Endpoint, endpointOf, type HttpMethod } from './endpoint.decorator.js';
import { FromBody, IdFromPath, TextFromPath } from './from-request.decorators.js';
import type { Permission } from './permission.js';

@Controller()
class StreamController {
  @Endpoint('GET /jobs/{id}/ws', {
    summary: 'Events over a WebSocket.',
    permission: { scope: 'read' },
    answers: { 101: 'The connection is a WebSocket now.' },
    stream: 'ws',
  })
  socket(@IdFromPath('id', 'job') _id: string): void {}

  @Endpoint('GET /jobs/{id}/events', {
    summary: 'Events.',
    permission: { scope: 'read' },
    answers: { 200: { type: 'string' } },
    stream: 'sse',
    headers: { 'Last-Event-ID': 'Resume after this event.' },
  })
  events(@IdFromPath('id', 'job') _id: string): void {}

  @Endpoint('GET /rows', {
    summary: 'Rows.',
    permission: { scope: 'read' },
    answers: { 200: { type: 'object' } },
    forms: ['csv', 'ndjson'],
    answerHeaders: { 'X-Place': 'Where they end.' },
  })
  rows(): void {}
}

type Operation = { parameters?: JsonSchema[]; responses: Record<string, { content?: JsonSchema }>; security: unknown[]; requestBody?: JsonSchema } & JsonSchema;
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, JsonSchema> } };

const describeAll = () => describeApi([EchoController, StreamController], { title: 'Echo', description: 'For tests.' }) as unknown as Document;

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(describeAll() as unknown as Record<string, unknown>);
    expect(result).toMatchObject({ valid: true });
  });

  it('has the rules of the DTO classes as components, with their docs, bounds and defaults', () => {
    const { EchoRequest, Segment } = describeAll().components.schemas as Record<string, { properties: Record<string, JsonSchema>; required: string[] }>;
    expect(EchoRequest?.required).toEqual(expect.arrayContaining(['asset_id', 'segments']));
    expect(EchoRequest?.properties.limit).toEqual({ type: 'integer', minimum: 1, maximum: 100, default: 10 });
    expect(EchoRequest?.properties.segments).toMatchObject({ type: 'array', maxItems: 100, items: { $ref: '#/components/schemas/Segment' } });
    expect(Segment?.properties.segment_id).toMatchObject({
      type: 'string',
      minLength: 1,
      'x-utf8-max-bytes': 512,
      description: 'The caller’s own id of the segment.',
      examples: ['chunk-0'],
    });
    expect(JSON.stringify(describeAll())).not.toContain('x-messages');
  });

  it('says in which forms and with which headers an operation answers', () => {
    const answer = describeAll().paths['/rows']?.get?.responses[200] as JsonSchema;
    expect(Object.keys(answer.content as object)).toEqual(['application/json', 'text/csv', 'application/x-ndjson']);
    expect(answer.headers).toEqual({ 'X-Place': { description: 'Where they end.', schema: { type: 'string' } } });
  });

  it('says for each operation who may call it, with what, and how it can fail', () => {
    const { paths } = describeAll();
    const echo = paths['/echo']?.post as Operation;
    expect(echo).toMatchObject({ security: [{ bearer: [] }], 'x-required-scope': 'write', requestBody: { required: true } });
    expect(Object.keys(echo.responses).sort()).toEqual(['200', '400', '401', '403', '413', '415', '422', '429', '500', '503']);
    expect(echo.responses['422']?.content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
    expect(paths['/healthz']?.get?.security).toEqual([]);
    expect(paths['/things/{thing_id}']?.get?.parameters).toMatchObject([{ name: 'thing_id', in: 'path', required: true }]);
    expect(paths['/things']?.get?.parameters?.map((parameter) => parameter.name)).toEqual(['limit', 'deep', 'tag']);
  });

  it('T9: says where no other fields are taken', () => {
    const { paths, components } = describeAll();
    expect(paths['/strict']?.post?.requestBody).toMatchObject({ content: { 'application/json': { schema: { $ref: '#/components/schemas/StrictRequest' } } } });
    const { StrictRequest, StrictSegment, EchoRequest, Segment } = components.schemas;
    for (const schema of [StrictRequest, StrictSegment]) expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(JSON.stringify([EchoRequest, Segment])).not.toContain('additionalProperties');
  });

  it('says where a body may be missing', () => {
    const { paths } = describeAll();
    expect(paths['/wishes']).toMatchObject({ post: { requestBody: { required: false } }, put: { requestBody: { required: true } } });
  });

  it('describes streams: WebSockets as a GET with 101, events with their header', () => {
    const { paths } = describeAll();
    expect(Object.keys(paths['/jobs/{id}/ws']?.get?.responses ?? {})).toEqual(expect.arrayContaining(['101', '404', '426']));
    expect(paths['/jobs/{id}/events']?.get).toMatchObject({
      parameters: [{ name: 'id' }, { name: 'Last-Event-ID', in: 'header' }],
      responses: { 200: { content: { 'text/event-stream': {} } } },
    });
  });

  it('T9: lists exactly the routes that the router answers', async () => {
    const { service, url } = await startEcho();
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
    const router = service.app.getHttpAdapter().getInstance();
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase() as HttpMethod, url: path.replace(/\{(\w+)\}/g, ':$1') })),
    );
    expect(described.filter((route) => !router.hasRoute(route))).toEqual([]);
    const served = [...router.printRoutes({ commonPrefix: false }).matchAll(/\(([A-Z, ]+)\)/g)].flatMap((match) => match[1]?.split(', ') ?? []);
    expect(served.filter((method) => method !== 'HEAD')).toHaveLength(described.length);
    await service.stop();
  });
});

describe('a route', () => {
  it('stops the start when it does not say who may call it', async () => {
    @Controller()
    class Silent {
      @Get('/silent')
      read(): void {}
    }
    @Module({ controllers: [Silent] })
    class SilentModule {}
    expect(() => collectEndpoints([Silent])).toThrow(/Silent\.read is a route without @Endpoint/);
    await expect(startEcho({ module: SilentModule })).rejects.toThrow(/Silent\.read is a route without @Endpoint/);
  });

  it('stops the start when its permission, path or errors are not right', () => {
    class Odd {
      @Endpoint('GET /odd', { summary: 'x', permission: { scope: 'root' } as unknown as Permission, answers: { 200: 'x' } })
      permission(): void {}
    }
    class Other {
      @Endpoint('GET /other/{id}', { summary: 'x', permission: 'public', answers: { 200: 'x' } })
      path(@TextFromPath('name', 'x') _name: string): void {}
    }
    class Wrong {
      @Endpoint('GET /wrong', { summary: 'x', permission: 'public', answers: { 200: 'x' }, errors: ['no_such_code' as 'internal'] })
      error(): void {}
    }
    class Loose {
      @Endpoint('POST /loose', { summary: 'x', permission: 'public', answers: { 200: 'x' } })
      take(@FromBody() _body: StrictRequest): void {}
    }
    expect(() => describeApi([EchoController, Loose], { title: 'Echo' })).toThrow(/StrictRequest is taken with unknown fields by one route/);
    expect(() => collectEndpoints([Odd])).toThrow(/Odd\.permission has an unknown permission/);
    expect(() => collectEndpoints([Other])).toThrow(/Other\.path reads the path parameters \(name\)/);
    expect(() => collectEndpoints([Wrong])).toThrow(/Wrong\.error names the error no_such_code/);
  });

  it('cannot be declared without a method and a path, or with a body of no class', () => {
    expect(() => Endpoint('FETCH /x' as 'GET /x', { summary: '', permission: 'public', answers: {} })).toThrow(/must be of the form/);
    expect(() => {
      class Loose {
        @Endpoint('POST /loose', { summary: 'x', permission: 'public', answers: { 200: 'x' } })
        read(@FromBody() _body: unknown): void {}
      }
      return Loose;
    }).toThrow(/needs a DTO class as its type/);
  });

  it('tells the guard its permission', () => {
    expect(endpointOf(EchoController.prototype.echo)?.permission).toEqual({ scope: 'write' });
    expect(endpointOf(() => {})).toBeUndefined();
  });

  it('may not share the name of its DTO class with another one', () => {
    const first = (() => {
      class Same {
        @IsString()
        a!: string;
      }
      class First {
        @Endpoint('POST /first', { summary: 'x', permission: 'public', answers: { 200: 'x' } })
        read(@FromBody() _body: Same): void {}
      }
      return First;
    })();
    const second = (() => {
      class Same {
        @IsString()
        b!: string;
      }
      class Second {
        @Endpoint('POST /second', { summary: 'x', permission: 'public', answers: { 200: 'x' } })
        read(@FromBody() _body: Same): void {}
      }
      return Second;
    })();
    expect(() => describeApi([first, second], { title: 'x' })).toThrow(/two DTO classes are called Same/);
    expect(EchoModule).toBeDefined();
  });
});
