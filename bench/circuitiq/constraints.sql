INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
SELECT md5('migration' || n)::uuid, encode(sha256(n::text::bytea), 'hex'), timestamptz '2025-01-01 00:00Z' + n * interval '20 days',
  to_char(date '2025-01-01' + n * 20, 'YYYYMMDD') || '000000_' || (ARRAY['init', 'diagrams', 'billing', 'usage'])[1 + n % 4],
  timestamptz '2025-01-01 00:00Z' + n * interval '20 days', 1
FROM generate_series(0, 23) n;

SELECT setval('"TestProcedure_id_seq"', max("id")) FROM "TestProcedure";
SELECT setval('"UsageRecord_id_seq"', max("id")) FROM "UsageRecord";

ALTER TABLE "_prisma_migrations" ADD CONSTRAINT "_prisma_migrations_pkey" PRIMARY KEY (id);
ALTER TABLE "User" ADD CONSTRAINT "User_pkey" PRIMARY KEY ("id");
ALTER TABLE "Account" ADD CONSTRAINT "Account_pkey" PRIMARY KEY ("id");
ALTER TABLE "Session" ADD CONSTRAINT "Session_pkey" PRIMARY KEY ("id");
ALTER TABLE "Diagram" ADD CONSTRAINT "Diagram_pkey" PRIMARY KEY ("id");
ALTER TABLE "Analysis" ADD CONSTRAINT "Analysis_pkey" PRIMARY KEY ("id");
ALTER TABLE "Component" ADD CONSTRAINT "Component_pkey" PRIMARY KEY ("id");
ALTER TABLE "TestProcedure" ADD CONSTRAINT "TestProcedure_pkey" PRIMARY KEY ("id");
ALTER TABLE "DiagnosticSession" ADD CONSTRAINT "DiagnosticSession_pkey" PRIMARY KEY ("id");
ALTER TABLE "Message" ADD CONSTRAINT "Message_pkey" PRIMARY KEY ("id");
ALTER TABLE "Subscription" ADD CONSTRAINT "Subscription_pkey" PRIMARY KEY ("id");
ALTER TABLE "UsageRecord" ADD CONSTRAINT "UsageRecord_pkey" PRIMARY KEY ("id");

CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");
CREATE UNIQUE INDEX "Account_provider_providerAccountId_key" ON "Account" ("provider", "providerAccountId");
CREATE UNIQUE INDEX "Session_sessionToken_key" ON "Session" ("sessionToken");
CREATE UNIQUE INDEX "Subscription_userId_key" ON "Subscription" ("userId");
CREATE INDEX "User_active_idx" ON "User" (lower("email")) WHERE "deletedAt" IS NULL;
CREATE INDEX "Diagram_userId_createdAt_idx" ON "Diagram" ("userId", "createdAt" DESC);
CREATE INDEX "Diagram_pending_idx" ON "Diagram" ("createdAt") WHERE "status" IN ('UPLOADED', 'PROCESSING');
CREATE INDEX "Diagram_tags_idx" ON "Diagram" USING gin ("tags");
CREATE INDEX "Analysis_diagramId_idx" ON "Analysis" ("diagramId");
CREATE INDEX "Component_diagramId_idx" ON "Component" ("diagramId");
CREATE INDEX "Component_specs_idx" ON "Component" USING gin ("specs" jsonb_path_ops);
CREATE INDEX "Message_sessionId_createdAt_idx" ON "Message" ("sessionId", "createdAt");
CREATE INDEX "UsageRecord_subscriptionId_day_idx" ON "UsageRecord" ("subscriptionId", "day");

ALTER TABLE "Account" ADD CONSTRAINT "Account_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "Diagram" ADD CONSTRAINT "Diagram_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "Analysis" ADD CONSTRAINT "Analysis_diagramId_fkey" FOREIGN KEY ("diagramId") REFERENCES "Diagram" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "Component" ADD CONSTRAINT "Component_diagramId_fkey" FOREIGN KEY ("diagramId") REFERENCES "Diagram" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "TestProcedure" ADD CONSTRAINT "TestProcedure_componentId_fkey" FOREIGN KEY ("componentId") REFERENCES "Component" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "DiagnosticSession" ADD CONSTRAINT "DiagnosticSession_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "DiagnosticSession" ADD CONSTRAINT "DiagnosticSession_diagramId_fkey" FOREIGN KEY ("diagramId") REFERENCES "Diagram" ("id") ON UPDATE CASCADE ON DELETE SET NULL;
ALTER TABLE "Message" ADD CONSTRAINT "Message_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "DiagnosticSession" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "Subscription" ADD CONSTRAINT "Subscription_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE "UsageRecord" ADD CONSTRAINT "UsageRecord_subscriptionId_fkey" FOREIGN KEY ("subscriptionId") REFERENCES "Subscription" ("id") ON UPDATE CASCADE ON DELETE CASCADE;

CREATE VIEW "MonthlyUsage" AS
SELECT s."userId", date_trunc('month', u."day") AS "month", u."feature", sum(u."quantity") AS "quantity", sum(u."amount") AS "amount"
FROM "UsageRecord" u JOIN "Subscription" s ON s."id" = u."subscriptionId"
GROUP BY s."userId", date_trunc('month', u."day"), u."feature";

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."updatedAt" := now();
  RETURN NEW;
END $$;
CREATE TRIGGER "User_updatedAt" BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE SEQUENCE "invoice_number" START 100000 INCREMENT 10;
SELECT setval('invoice_number', 123450);
ANALYZE;
