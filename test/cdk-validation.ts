// The validation that the CDK brings takes seconds of each process; the suites that are about it ask for it.
process.env.CDK_VALIDATION ??= 'false';
