import { accessOf, type FamilyReader, principalOf } from '@cairn/common';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** Who asks for families. */
export const Reader = createParamDecorator((_data: unknown, context: ExecutionContext): FamilyReader => {
  const principal = principalOf(context.switchToHttp().getRequest());
  return { access: accessOf(principal), mayWrite: principal.rights.has('write') };
});
