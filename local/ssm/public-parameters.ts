import { createHash } from 'node:crypto';

const ECS_OPTIMIZED =
  /^\/aws\/service\/ecs\/optimized-ami\/(amazon-linux-[\w/]+?)\/(recommended|[\w.-]+)(?:\/(image_id|image_name))?$/;
const AMAZON_LINUX = /^\/aws\/service\/ami-amazon-linux-latest\/[\w.-]+$/;

/**
 * The parameters that AWS publishes: the newest machine images. Each name has an image id of its own, always the same.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
 */
export function publicParameter(name: string): string | undefined {
  if (AMAZON_LINUX.test(name)) return imageId(name);
  const match = ECS_OPTIMIZED.exec(name);
  if (match === null) return undefined;
  const [, variant = '', , member] = match;
  const image_id = imageId(variant);
  const image_name = `${variant.replaceAll('/', '-')}-ecs-optimized`;
  if (member !== undefined) return member === 'image_id' ? image_id : image_name;
  return JSON.stringify({
    schema_version: 1,
    image_name,
    image_id,
    os: 'Amazon Linux',
    ecs_runtime_version: 'Docker',
    ecs_agent_version: '1.100.0',
  });
}

function imageId(name: string): string {
  return `ami-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`;
}
