import type { JsMsg } from '@nats-io/jetstream';
import { BaseRpcContext } from '@nestjs/microservices';

/** What a message brought besides its body. */
export class JetStreamContext extends BaseRpcContext<[JsMsg]> {
  header(name: string): string | undefined {
    return this.getArgByIndex<JsMsg>(0).headers?.get(name) || undefined;
  }
}
