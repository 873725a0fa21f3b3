import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult,
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplate,
  LaunchTemplateVersion,
  ModifyLaunchTemplateRequest,
  ModifyLaunchTemplateResult,
  RequestLaunchTemplateData,
  ResourceType,
} from '@aws-sdk/client-ec2';
import type { LaunchTemplateReference, ResolvedLaunchTemplate } from '../ports';
import { page } from '../wire/page';
import { ServiceError } from '../wire/service';
import type { Operation } from '../wire/service';
import type { World } from '../world';
import { filtered } from './filters';
import { invalidToken } from './tags';
import type { Tags } from './tags';

interface Template {
  readonly ordinal: number;
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  defaultVersion: number;
  /** Version 1 first; versions are never removed. */
  readonly versions: Version[];
}

interface Version {
  readonly number: number;
  readonly description?: string;
  readonly createdAt: Date;
  readonly data: RequestLaunchTemplateData;
}

/** How a call names a template: one of the two. */
interface TemplateName {
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateName?: string;
}

export class LaunchTemplates {
  private readonly byId = new Map<string, Template>();
  private readonly random;
  private created = 0;

  constructor(
    private readonly world: World,
    private readonly tags: Tags,
  ) {
    this.random = world.random.fork();
  }

  /** @throws ServiceError when there is no such template or version */
  resolve(template: LaunchTemplateReference): ResolvedLaunchTemplate {
    const found = this.existing({
      LaunchTemplateId: template.launchTemplateId,
      LaunchTemplateName: template.launchTemplateName,
    });
    const { number, data } = version(found, template.version ?? '$Default');
    return {
      launchTemplateId: found.id,
      launchTemplateName: found.name,
      version: String(number),
      instanceType: data.InstanceType,
      imageId: data.ImageId,
      userData: Buffer.from(data.UserData ?? '', 'base64').toString(),
      instanceProfile: data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name,
      spot: data.InstanceMarketOptions?.MarketType === 'spot',
      tags: tagsFor(data, 'instance'),
      blockDevices: data.BlockDeviceMappings ?? [],
      volumeTags: tagsFor(data, 'volume'),
    };
  }

  readonly operations: Readonly<Record<string, Operation>> = {
    CreateLaunchTemplate: (input: CreateLaunchTemplateRequest, { caller }): CreateLaunchTemplateResult => {
      const name = input.LaunchTemplateName!;
      if ([...this.byId.values()].some((template) => template.name === name)) {
        throw new ServiceError(
          'InvalidLaunchTemplateName.AlreadyExistsException',
          'Launch template name already in use.',
        );
      }
      const template: Template = {
        ordinal: this.created++,
        id: `lt-${this.random.hex(17)}`,
        name,
        createdAt: this.now(),
        createdBy: caller.principalArn,
        defaultVersion: 1,
        versions: [],
      };
      this.byId.set(template.id, template);
      this.tags.register(template.id, 'launch-template', input.TagSpecifications);
      this.addVersion(template, input.LaunchTemplateData!, input.VersionDescription);
      return { LaunchTemplate: this.described(template) };
    },

    CreateLaunchTemplateVersion: (input: CreateLaunchTemplateVersionRequest): CreateLaunchTemplateVersionResult => {
      const template = this.existing(input);
      const source = input.SourceVersion === undefined ? {} : version(template, input.SourceVersion).data;
      const data = { ...source, ...input.LaunchTemplateData };
      const added = this.addVersion(template, data, input.VersionDescription);
      return { LaunchTemplateVersion: describedVersion(template, added) };
    },

    ModifyLaunchTemplate: (input: ModifyLaunchTemplateRequest): ModifyLaunchTemplateResult => {
      const template = this.existing(input);
      if (input.DefaultVersion !== undefined) {
        template.defaultVersion = version(template, input.DefaultVersion).number;
      }
      return { LaunchTemplate: this.described(template) };
    },

    DeleteLaunchTemplate: (input: DeleteLaunchTemplateRequest): DeleteLaunchTemplateResult => {
      const template = this.existing(input);
      this.byId.delete(template.id);
      const described = this.described(template);
      this.tags.remove(template.id);
      return { LaunchTemplate: described };
    },

    DescribeLaunchTemplates: (input: DescribeLaunchTemplatesRequest): DescribeLaunchTemplatesResult => {
      const named = [
        ...(input.LaunchTemplateIds ?? []).map((LaunchTemplateId) => this.existing({ LaunchTemplateId })),
        ...(input.LaunchTemplateNames ?? []).map((LaunchTemplateName) => this.existing({ LaunchTemplateName })),
      ];
      const found = filtered(
        named.length > 0 ? named.sort((a, b) => a.ordinal - b.ordinal) : [...this.byId.values()],
        input.Filters,
        {
          'launch-template-name': (template) => template.name,
          'create-time': (template) => template.createdAt.toISOString(),
        },
        (template) => this.tags.of(template.id),
      );
      const size = input.MaxResults ?? 200;
      const { items, nextToken } = page(found, ({ ordinal }) => ordinal, size, input.NextToken, invalidToken);
      return { LaunchTemplates: items.map((template) => this.described(template)), NextToken: nextToken };
    },

    DescribeLaunchTemplateVersions: (
      input: DescribeLaunchTemplateVersionsRequest,
    ): DescribeLaunchTemplateVersionsResult => {
      const found = this.versionsAsked(input);
      const { items, nextToken } = page(
        found,
        ([template, { number }]) => template.ordinal * 100_000 + number,
        input.MaxResults ?? 200,
        input.NextToken,
        invalidToken,
      );
      return {
        LaunchTemplateVersions: items.map(([template, one]) => describedVersion(template, one)),
        NextToken: nextToken,
      };
    },
  };

  private versionsAsked(input: DescribeLaunchTemplateVersionsRequest): [Template, Version][] {
    const named = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
    if (!named) {
      if (!input.Versions?.length || input.Versions.some((one) => !one.startsWith('$'))) {
        throw new ServiceError(
          'MissingParameter',
          'You must specify either launch template ID or launch template name in the request.',
        );
      }
      return [...this.byId.values()].flatMap((template) => selected(template, input.Versions!));
    }
    const template = this.existing(input);
    if (input.Versions?.length) return selected(template, input.Versions);
    const from = Number(input.MinVersion ?? 1);
    const to = Number(input.MaxVersion ?? Infinity);
    return template.versions.filter(({ number }) => number >= from && number <= to).map((one) => [template, one]);
  }

  private addVersion(template: Template, data: RequestLaunchTemplateData, description?: string): Version {
    const added = { number: template.versions.length + 1, description, createdAt: this.now(), data };
    template.versions.push(added);
    return added;
  }

  private existing({ LaunchTemplateId: id, LaunchTemplateName: name }: TemplateName): Template {
    if ((id === undefined) === (name === undefined)) {
      throw new ServiceError(
        'MissingParameter',
        'You must specify either launch template ID or launch template name, but not both.',
      );
    }
    if (id !== undefined) {
      const found = this.byId.get(id);
      if (found) return found;
      throw new ServiceError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      );
    }
    const found = [...this.byId.values()].find((template) => template.name === name);
    if (found) return found;
    throw new ServiceError(
      'InvalidLaunchTemplateName.NotFoundException',
      `The specified launch template, with template name ${name}, does not exist.`,
    );
  }

  private described(template: Template): LaunchTemplate {
    return {
      LaunchTemplateId: template.id,
      LaunchTemplateName: template.name,
      CreateTime: template.createdAt,
      CreatedBy: template.createdBy,
      DefaultVersionNumber: template.defaultVersion,
      LatestVersionNumber: template.versions.length,
      Tags: this.tags.of(template.id),
    };
  }

  private now(): Date {
    return new Date(this.world.clock.now());
  }
}

function version(template: Template, wanted: string): Version {
  const number =
    wanted === '$Latest' ? template.versions.length : wanted === '$Default' ? template.defaultVersion : Number(wanted);
  const found = template.versions[number - 1];
  if (found) return found;
  throw new ServiceError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${wanted} for the launch template with ID ${template.id}.`,
  );
}

function selected(template: Template, wanted: readonly string[]): [Template, Version][] {
  const found = new Set(wanted.map((one) => version(template, one)));
  return [...found].sort((a, b) => a.number - b.number).map((one) => [template, one]);
}

function describedVersion(template: Template, one: Version): LaunchTemplateVersion {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: one.number,
    VersionDescription: one.description,
    CreateTime: one.createdAt,
    CreatedBy: template.createdBy,
    DefaultVersion: one.number === template.defaultVersion,
    LaunchTemplateData: one.data,
  };
}

function tagsFor({ TagSpecifications = [] }: RequestLaunchTemplateData, type: ResourceType): Record<string, string> {
  const given = TagSpecifications.filter(({ ResourceType }) => ResourceType === type);
  return Object.fromEntries(given.flatMap(({ Tags = [] }) => Tags.map(({ Key = '', Value = '' }) => [Key, Value])));
}
