import { Doc, Items, NotBlank, Utf8Bytes, WellFormedText } from '@cairn/common';
import { ArrayMinSize, IsString, MinLength } from 'class-validator';
import { JudgmentDto } from '../collections/collections.dto.js';

const NAME_BYTES = 256;
const MAX_JUDGMENTS = 20_000;

/** A judgment of a set, which has these fields and no others. */
export class KeptJudgmentDto extends JudgmentDto {}

export class AddJudgmentSetDto {
  @Doc('A name of your choice, unique in your organisation.', 'questions of June')
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  name!: string;

  @Doc('What is not judged counts as not relevant.')
  @ArrayMinSize(1)
  @Items(KeptJudgmentDto, MAX_JUDGMENTS)
  judgments!: KeptJudgmentDto[];
}
