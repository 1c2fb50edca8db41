import { s3Client } from '../../core/stores/s3-client';

const before = { ...process.env };
beforeEach(() => {
  process.env.AWS_REGION = 'eu-central-1';
});
afterEach(() => {
  process.env = { ...before };
});

describe('a client for S3', () => {
  it('checks every byte, whatever the settings of this machine say', async () => {
    process.env.AWS_REQUEST_CHECKSUM_CALCULATION = 'WHEN_REQUIRED';
    process.env.AWS_RESPONSE_CHECKSUM_VALIDATION = 'WHEN_REQUIRED';

    const { config } = s3Client();

    expect(await config.requestChecksumCalculation()).toBe('WHEN_SUPPORTED');
    expect(await config.responseChecksumValidation()).toBe('WHEN_SUPPORTED');
  });

  it('waits for nothing without a limit, and tries again', async () => {
    const { config } = s3Client();
    // The handler shows its settings only after its first request.
    const { configProvider } = config.requestHandler as unknown as {
      configProvider: Promise<Record<string, number>>;
    };

    const { connectionTimeout, socketTimeout } = await configProvider;

    expect([connectionTimeout, socketTimeout]).toEqual([10_000, 60_000]);
    expect(await config.maxAttempts()).toBe(5);
  });

  it.each([
    [{}, false],
    [{ AWS_ENDPOINT_URL: 'http://localhost:9000' }, true],
    [{ AWS_ENDPOINT_URL_S3: 'http://localhost:9000' }, true],
  ])('asks by path only at a server of one’s own: %p', (environment, byPath) => {
    expect(s3Client(environment).config.forcePathStyle).toBe(byPath);
  });
});
