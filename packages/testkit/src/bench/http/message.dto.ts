import { Items, Nested } from '@cairn/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

/** About 150 bytes with something nested, something optional and a list. */
export const MESSAGE = {
  asset_id: 'report-2024',
  limit: 10,
  mode: 'hybrid',
  place: { lat: 52.5, label: 'Berlin' },
  segments: [{ segment_id: 'chunk-0', text: 'A short text.' }],
};

export class SegmentDto {
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  segment_id!: string;

  @IsString()
  @MinLength(1)
  @MaxLength(1_000)
  text!: string;
}

export class PlaceDto {
  @IsNumber()
  @Min(-90)
  @Max(90)
  lat!: number;

  @IsOptional()
  @IsString()
  @MaxLength(20)
  label?: string;
}

const MODES = ['dense', 'sparse', 'hybrid'];

class PlainFields {
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  asset_id!: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 10;

  @IsOptional()
  @IsIn(MODES)
  mode: string = 'hybrid';
}

/** The rules as our shell reads them. */
export class MessageDto extends PlainFields {
  @IsOptional()
  @Nested(PlaceDto)
  place?: PlaceDto;

  @Items(SegmentDto, 100)
  segments!: SegmentDto[];
}

/** The same rules as Nest's own ValidationPipe reads them. */
export class PipedMessageDto extends PlainFields {
  @IsOptional()
  @ValidateNested()
  @Type(() => PlaceDto)
  place?: PlaceDto;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => SegmentDto)
  segments!: SegmentDto[];
}

/** The same rules by hand, for a server without a framework. */
export function isMessage(value: unknown): value is MessageDto {
  const message = value as Partial<MessageDto> | null;
  if (typeof message !== 'object' || message === null || !isText(message.asset_id, 64)) return false;
  if (message.limit !== undefined && !(Number.isInteger(message.limit) && message.limit >= 1 && message.limit <= 100)) return false;
  if (message.mode !== undefined && !MODES.includes(message.mode)) return false;
  if (message.place !== undefined && !isPlace(message.place)) return false;
  const { segments } = message;
  return Array.isArray(segments) && segments.length >= 1 && segments.length <= 100 && segments.every(isSegment);
}

function isPlace(place: Partial<PlaceDto> | null): boolean {
  if (typeof place !== 'object' || place === null || typeof place.lat !== 'number' || place.lat < -90 || place.lat > 90) return false;
  return place.label === undefined || (typeof place.label === 'string' && place.label.length <= 20);
}

const isSegment = (segment: Partial<SegmentDto> | null): boolean =>
  typeof segment === 'object' && segment !== null && isText(segment.segment_id, 64) && isText(segment.text, 1_000);

const isText = (value: unknown, longest: number): boolean => typeof value === 'string' && value.length >= 1 && value.length <= longest;
