/** A broker that can be ended and started again, wherever it runs. */
export type BrokerProcess = AsyncDisposable & {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
};
