import { validatorOf } from '@cairn/common';
import { ReindexDto } from './collections.dto.js';

const check = () => validatorOf(ReindexDto, { from: 'body', unknownFields: 'ignore' });
let validate: ReturnType<typeof check> | undefined;

/** Settings may come bare or under `config`; they have the same rules in both places. */
export function assemble({ config, ...bare }: ReindexDto): ReindexDto {
  if (config === undefined) return bare;
  validate ??= check();
  const { config: _, ...nested } = validate(config) as ReindexDto;
  return { ...bare, ...nested };
}
