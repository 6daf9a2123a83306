import type { JsMsg } from '@nats-io/jetstream';
import { BaseRpcContext } from '@nestjs/microservices';

/** What a message brought besides its body. */
export class JetStreamContext extends BaseRpcContext<[JsMsg]> {
  private get message(): JsMsg {
    return this.getArgByIndex(0);
  }

  header(name: string): string | undefined {
    return this.message.headers?.get(name) || undefined;
  }
}
