import { Doc, JOB_DEFINITIONS, MOCK_STAGES, type MockStage, WellFormedText, WIRE_STATUSES, type WireStatus } from '@cairn/common';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export class CreateJobDto {
  @Doc('What to run. Only `mock_process` can be started here; vectors have routes of their own.', 'mock_process')
  @IsIn(['mock_process'])
  type!: 'mock_process';

  @Doc('Stage in which the job is to fail, for trying out errors and retries.')
  @IsOptional()
  @IsIn([...MOCK_STAGES])
  fail_at_stage?: MockStage;
}

export class ListJobsDto {
  @Doc('Only jobs of this status.')
  @IsOptional()
  @IsIn([...WIRE_STATUSES])
  status?: WireStatus;

  @Doc('Only jobs of this type.')
  @IsOptional()
  @IsIn(Object.keys(JOB_DEFINITIONS))
  type?: string;

  @Doc('Only jobs that ended with this error code.')
  @IsOptional()
  @IsString()
  @WellFormedText()
  @MaxLength(100)
  error_code?: string;

  @Doc('`next_cursor` of the page before.')
  @IsOptional()
  @IsString()
  @WellFormedText()
  @MaxLength(1_000)
  cursor?: string;

  @Doc('Jobs of a page.')
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}
