/** What the program uses of flowers.cjs. */
import type { TProtocol, TTransport } from "thrift"

export interface FlowersClient {
  /** How much nectar a flower has. */
  nectar(flower: string): Promise<number>
}

/** What a server does about it. */
export interface FlowersHandler {
  nectar(flower: string, answer: (error: Error | null, nectar?: number) => void): void
}

export declare const Client: new (output: TTransport, pClass: new (transport: TTransport) => TProtocol) => FlowersClient
export declare const Processor: new (handler: FlowersHandler) => object
