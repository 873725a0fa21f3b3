/** The import rules of the house; test/architecture.test.ts holds them. */
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'lib-knows-handlers-only-as-assets',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(lambda|local|workload|bench|cli|bin|test)/' },
    },
    {
      name: 'lambda-knows-only-config-of-lib',
      severity: 'error',
      from: { path: '^lambda/' },
      to: {
        path: '^(lib|local|workload|bench|cli|bin|test)/',
        pathNot: '^lib/([^/]+/config|schedule/schedule-times)\\.ts$',
      },
    },
    {
      name: 'config-is-free-of-cdk',
      severity: 'error',
      comment: 'Handlers bundle these files. When a schedule is due is asked at synth and at run time alike.',
      from: { path: '^lib/([^/]+/config|schedule/schedule-times)\\.ts$' },
      to: { pathNot: '^lib/[^/]+/config\\.ts$|^node_modules/croner/' },
    },
    {
      name: 'handlers-do-not-import-handlers',
      severity: 'error',
      from: {},
      to: { path: '^lambda/[^/]+/handler\\.ts$' },
    },
    {
      name: 'local-loads-bundles-and-templates',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(lib|lambda|bench|cli|bin|test)/', pathNot: '^lib/capacity/instance-shapes\\.json$' },
    },
    {
      name: 'workload-stands-alone',
      severity: 'error',
      from: { path: '^workload/' },
      to: { path: '^(lib|lambda|local|bench|cli|bin|test)/' },
    },
    {
      name: 'bench-and-cli-look-from-outside',
      severity: 'error',
      from: { path: '^(bench|cli)/' },
      to: {
        path: '^(lib|test)/|^lambda/[^/]+/handler\\.ts$',
        pathNot: '^lib/([^/]+/config|schedule/schedule-times)\\.ts$',
      },
    },
    {
      name: 'examples-are-what-users-write',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(lib/(?!index\\.ts$)|lambda|local|workload|bench|cli|bin|test)' },
    },
    {
      name: 'shipped-code-needs-no-development-package',
      severity: 'error',
      comment: 'What ships to users: the peers, and what esbuild bundles.',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(aws-cdk-lib|constructs)/',
      },
    },
    {
      name: 'handlers-bundle-only-the-sdk',
      severity: 'error',
      comment: 'And croner, which has no dependencies: docs/decisions says why.',
      from: { path: '^lambda/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(@aws-sdk|@smithy|@types|croner)/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|assets|out|cdk\\.out)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
