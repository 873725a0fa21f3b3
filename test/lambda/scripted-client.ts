/** An SDK client that answers from a script: what each operation returns, or throws, for its input. */
export type Script = Readonly<Record<string, (input: never) => object | void | Promise<object | void>>>;

export interface Call {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: object;
}

/** @param calls where each call is written down, in order; several clients may share it */
export function scriptedClient<C>(script: Script, calls: Call[] = []): C {
  return {
    send: async (command: Command) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      calls.push({ operation, input: command.input as Call['input'] });
      const answer = script[operation];
      if (!answer) throw new Error(`Nobody expected ${operation}`);
      return (await answer(command.input as never)) ?? {};
    },
  } as C;
}

/** An error as the SDK throws it. */
export function sdkError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}
