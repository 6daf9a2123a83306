import { Controller, Module } from '@nestjs/common';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Part } from '../../config/env.decorator.js';
import { LimitsConfig } from '../../config/limits.config.js';
import { ProbeConfig } from '../../config/probe.config.js';
import { ServiceConfig } from '../../config/service.config.js';
import { Endpoint } from '../endpoints/endpoint.decorator.js';
import { FromBody, FromQuery, IdFromPath, TextFromPath } from '../endpoints/from-request.decorators.js';
import { Doc } from '../validation/doc.decorator.js';
import { Items, Nested } from '../validation/nested.decorator.js';
import { Utf8Bytes, WellFormedText } from '../validation/text-rules.js';
import { UploadController } from './upload.controller.js';

// A service as small as one can be, for the tests of the shell.

export class EchoConfig {
  @Part() service!: ServiceConfig;
  @Part() probes!: ProbeConfig;
  @Part() limits!: LimitsConfig;
}

export class Segment {
  @Doc('The caller’s own id of the segment.', 'chunk-0')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(512)
  @WellFormedText()
  segment_id!: string;

  @IsString()
  @MinLength(1)
  @WellFormedText()
  text!: string;
}

export class Place {
  @IsNumber()
  @Min(-90)
  @Max(90)
  lat!: number;

  @IsOptional()
  @IsString()
  @MaxLength(20)
  label?: string;
}

export class EchoRequest {
  @IsString()
  @MinLength(1)
  @Utf8Bytes(512)
  @WellFormedText()
  asset_id!: string;

  @Items(Segment, 100)
  segments!: Segment[];

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 10;

  @IsOptional()
  @IsIn(['dense', 'sparse', 'hybrid'])
  mode: string = 'hybrid';

  @IsOptional()
  @Nested(Place)
  place?: Place;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(3)
  @IsString({ each: true })
  @MaxLength(5, { each: true })
  tags?: string[];

  @IsOptional()
  @IsObject()
  filter?: Record<string, unknown>;

  @IsOptional()
  @Matches(/^[a-z]+$/i, { message: 'must be letters only' })
  word?: string;

  @IsOptional()
  @IsBoolean()
  force?: boolean;

  @IsOptional()
  @IsISO8601()
  since?: string;
}

export class ListQuery {
  @IsOptional()
  @IsInt()
  @Min(1)
  limit: number = 20;

  @IsOptional()
  @IsBoolean()
  deep?: boolean;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(5)
  @IsString({ each: true })
  tag?: string[];
}

export class StrictSegment extends Segment {}

export class StrictRequest {
  @Items(StrictSegment, 100)
  segments!: StrictSegment[];
}

export class Wish {
  @IsOptional()
  @IsInt()
  @Min(1)
  limit: number = 10;
}

@Controller()
export class EchoController {
  @Endpoint('POST /echo', { summary: 'Answers what was sent.', permission: { scope: 'write' }, answers: { 200: EchoRequest } })
  echo(@FromBody() body: EchoRequest): EchoRequest {
    return body;
  }

  @Endpoint('POST /strict', {
    summary: 'Answers what was sent, and takes nothing else.',
    permission: { scope: 'write' },
    answers: { 201: 'What was sent.' },
    unknownFields: 'refuse',
  })
  strict(@FromBody() body: StrictRequest): StrictRequest {
    return body;
  }

  @Endpoint('POST /wishes', { summary: 'Answers what was sent, if anything was.', permission: { scope: 'write' }, answers: { 200: Wish } })
  wish(@FromBody() body: Wish): Wish {
    return body;
  }

  @Endpoint('PUT /wishes', { summary: 'Answers what takes the place of what there was.', permission: { scope: 'write' }, answers: { 200: Wish } })
  replace(@FromBody() body: Wish): Wish {
    return body;
  }

  @Endpoint('GET /things', { summary: 'Lists things.', permission: { scope: 'read' }, answers: { 200: { type: 'object' } } })
  list(@FromQuery() query: ListQuery): ListQuery {
    return query;
  }

  @Endpoint('GET /things/{thing_id}', { summary: 'One thing.', permission: { scope: 'read' }, answers: { 200: { type: 'object' } }, errors: ['not_found'] })
  one(@IdFromPath('thing_id', 'thing') id: string): object {
    return { id };
  }

  @Endpoint('DELETE /assets/{asset_id}', { summary: 'Deletes an asset.', permission: { scope: 'write' }, answers: { 204: 'Deleted.' } })
  remove(@TextFromPath('asset_id', 'The caller’s own id.') _id: string): void {}

  @Endpoint('POST /boom/{how}', { summary: 'Fails in the way it is told.', permission: { scope: 'admin' }, answers: { 200: 'Never.' } })
  async boom(@TextFromPath('how', 'How to fail.') how: string): Promise<void> {
    throw failures[how]?.() ?? new Error(`secret inner text ${how}`);
  }
}

/** What `POST /boom/{how}` throws; tests add to it. */
export const failures: Record<string, () => unknown> = {};

@Module({ controllers: [EchoController, UploadController] })
export class EchoModule {}
