import { Doc, Items, limits, Utf8Bytes, WellFormedText } from '@cairn/common';
import { ArrayMinSize, IsOptional, IsString, MinLength } from 'class-validator';

const LABEL_BYTES = 200;

class AssetDto {
  @Doc('The asset, in your words.', 'doc-123')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  asset_id!: string;
}

export class MockVectorDto extends AssetDto {
  @Doc('The segment of the asset, in your words.', 'chunk-0')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  segment_id!: string;
}

export class EmbedDto extends MockVectorDto {
  @Doc('The text to embed. It is not kept once the vector is made.')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().textBytes)
  @WellFormedText()
  text!: string;

  @Doc('A model, by its id or an alias; the built-in one when left out. The point id keeps this label.', 'minilm-l6-v2')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  model?: string;

  @Doc('A version label of yours; part of the point id.', 'v1')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  model_ver?: string;
}

export class EmbedImageDto extends MockVectorDto {
  @Doc('The image in base64: PNG, JPEG, WebP, GIF, TIFF or AVIF, of at most 40 megapixels. It is not kept once the vector is made.')
  @IsString()
  @MinLength(1)
  image!: string;

  @Doc('A model that reads images, by its id or an alias. The point id keeps this label.', 'clip-vit-base-patch32')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  model!: string;

  @Doc('A version label of yours; part of the point id.', 'v1')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  model_ver?: string;
}

export class SegmentDto {
  @Doc('The segment of the asset, in your words.')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  segment_id!: string;

  @Doc('The text to embed.')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().textBytes)
  @WellFormedText()
  text!: string;
}

export class EmbedBatchDto extends AssetDto {
  @Doc('The segments, each with an id of its own.')
  @ArrayMinSize(1)
  @Items(SegmentDto, () => limits().batch)
  segments!: SegmentDto[];

  @Doc('A model, by its id or an alias; the built-in one when left out.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  model?: string;

  @Doc('A version label of yours; part of the point ids.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  model_ver?: string;
}

export class ReadVectorDto {
  @Doc('Add the components of the vector.')
  @IsOptional()
  @IsString()
  vector?: string;
}
