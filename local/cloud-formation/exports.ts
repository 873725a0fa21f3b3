import { TemplateError } from './template';

interface StackExports {
  /** Values by export name. */
  readonly exported: ReadonlyMap<string, string>;
  /** Names of the exports of other stacks that it uses. */
  readonly imported: ReadonlySet<string>;
}

/** Outputs that stacks export under a name that is unique in the Region, and who uses them. */
export class Exports {
  private readonly stacks = new Map<string, StackExports>();

  value(name: string): string {
    for (const { exported } of this.stacks.values()) {
      const value = exported.get(name);
      if (value !== undefined) return value;
    }
    throw new TemplateError(`no export named ${name} found`);
  }

  /** @throws TemplateError when a name is taken, or when something exported before and in use goes or changes. */
  replace(stack: string, exports: StackExports): void {
    for (const [other, theirs] of this.stacks) {
      if (other === stack) continue;
      for (const name of exports.exported.keys()) {
        if (theirs.exported.has(name)) throw new TemplateError(`export ${name} is already exported by stack ${other}`);
      }
      for (const [name, value] of this.stacks.get(stack)?.exported ?? []) {
        if (theirs.imported.has(name) && exports.exported.get(name) !== value) {
          throw new TemplateError(`export ${name} cannot be changed or deleted as it is in use by ${other}`);
        }
      }
    }
    this.stacks.set(stack, exports);
  }
}
