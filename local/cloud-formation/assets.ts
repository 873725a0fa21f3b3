import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AssetManifestArtifact, CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import type { CodeStore } from '../ports';
import type { World } from '../world';
import { TemplateError } from './template';

/** The bootstrap bucket, as far as functions' code goes: objects are directories of the assembly. */
export class AssetStore implements CodeStore {
  private readonly directories = new Map<string, string>();

  constructor(private readonly world: Pick<World, 'accountId' | 'region'>) {}

  /** What `cdk deploy` uploads before it deploys the stack. */
  publish(stack: CloudFormationStackArtifact): void {
    for (const artifact of stack.dependencies) {
      if (artifact.manifest.type === 'cdk:asset-manifest') this.publishFiles(artifact as AssetManifestArtifact);
    }
  }

  directory(bucket: string, key: string): string | undefined {
    return this.directories.get(`${bucket}/${key}`);
  }

  private publishFiles(manifest: AssetManifestArtifact): void {
    for (const file of Object.values(manifest.contents.files ?? {})) {
      if (file.source.packaging !== 'zip' || file.source.path === undefined) continue;
      // Absolute where the staging of assets is switched off.
      const path = resolve(manifest.assembly.directory, file.source.path);
      if (!existsSync(path) || !statSync(path).isDirectory()) {
        throw new TemplateError(`the asset ${file.displayName ?? path} is not a directory: ${path}`);
      }
      for (const { bucketName, objectKey } of Object.values(file.destinations)) {
        this.directories.set(`${this.here(bucketName)}/${this.here(objectKey)}`, path);
      }
    }
  }

  private here(name: string): string {
    return name
      .replaceAll('${AWS::AccountId}', this.world.accountId)
      .replaceAll('${AWS::Region}', this.world.region)
      .replaceAll('${AWS::Partition}', 'aws');
  }
}
