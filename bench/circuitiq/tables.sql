-- The tables of a CircuitIQ-like application as Prisma 6 makes them: quoted names, text ids, enums,
-- timestamp(3). Keys, indexes, the view and the trigger come after the rows, in constraints.sql.
CREATE TYPE "Role" AS ENUM ('USER', 'TECHNICIAN', 'ADMIN');
CREATE TYPE "DiagramStatus" AS ENUM ('UPLOADED', 'PROCESSING', 'ANALYZED', 'FAILED');
CREATE TYPE "MessageRole" AS ENUM ('user', 'assistant', 'system', 'tool');
CREATE TYPE "Plan" AS ENUM ('FREE', 'PRO', 'SHOP', 'ENTERPRISE');

CREATE TABLE "_prisma_migrations" (
  id varchar(36) NOT NULL,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz DEFAULT now() NOT NULL,
  applied_steps_count integer DEFAULT 0 NOT NULL
);

CREATE TABLE "User" (
  "id" text NOT NULL,
  "email" text NOT NULL,
  "name" text,
  "passwordHash" text,
  "role" "Role" DEFAULT 'USER' NOT NULL,
  "emailVerified" timestamp(3),
  "preferences" jsonb DEFAULT '{}' NOT NULL,
  "createdAt" timestamp(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  "updatedAt" timestamp(3) NOT NULL,
  "deletedAt" timestamp(3)
);

CREATE TABLE "Account" (
  "id" text NOT NULL,
  "userId" text NOT NULL,
  "provider" text NOT NULL,
  "providerAccountId" text NOT NULL,
  "access_token" text,
  "expires_at" integer,
  "scope" text
);

CREATE TABLE "Session" (
  "id" uuid DEFAULT gen_random_uuid() NOT NULL,
  "sessionToken" text NOT NULL,
  "userId" text NOT NULL,
  "ipAddress" inet,
  "expires" timestamptz NOT NULL
);

CREATE TABLE "Diagram" (
  "id" text NOT NULL,
  "userId" text NOT NULL,
  "title" text NOT NULL,
  "fileUrl" text NOT NULL,
  "status" "DiagramStatus" DEFAULT 'UPLOADED' NOT NULL,
  "tags" text[] DEFAULT '{}' NOT NULL,
  "thumbnail" bytea,
  "metadata" jsonb,
  "pageCount" integer DEFAULT 1 NOT NULL,
  "createdAt" timestamp(3) DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE "Analysis" (
  "id" uuid NOT NULL,
  "diagramId" text NOT NULL,
  "model" text NOT NULL,
  "summary" text NOT NULL,
  "result" jsonb NOT NULL,
  "rawResponse" json,
  "confidence" numeric(5, 4) NOT NULL,
  "cost" numeric(12, 6) NOT NULL,
  "durationMs" integer NOT NULL,
  "createdAt" timestamptz NOT NULL
);

CREATE TABLE "Component" (
  "id" text NOT NULL,
  "diagramId" text NOT NULL,
  "designator" varchar(16) NOT NULL,
  "kind" text NOT NULL,
  "specs" jsonb NOT NULL,
  "position" double precision[] NOT NULL,
  "notes" text
);

CREATE TABLE "TestProcedure" (
  "id" serial NOT NULL,
  "componentId" text NOT NULL,
  "steps" text[] NOT NULL,
  "expected" text NOT NULL,
  "toleranceVolts" numeric(6, 3) NOT NULL
);

CREATE TABLE "DiagnosticSession" (
  "id" text NOT NULL,
  "userId" text NOT NULL,
  "diagramId" text,
  "symptom" text NOT NULL,
  "resolved" boolean DEFAULT false NOT NULL,
  "startedAt" timestamp(3) NOT NULL,
  "duration" interval
);

CREATE TABLE "Message" (
  "id" text NOT NULL,
  "sessionId" text NOT NULL,
  "role" "MessageRole" NOT NULL,
  "content" text NOT NULL,
  "toolCalls" json,
  "tokens" integer NOT NULL,
  "createdAt" timestamp(3) NOT NULL
);

CREATE TABLE "Subscription" (
  "id" text NOT NULL,
  "userId" text NOT NULL,
  "plan" "Plan" DEFAULT 'FREE' NOT NULL,
  "stripeCustomerId" text,
  "monthlyPrice" numeric(10, 2) NOT NULL,
  "currentPeriodEnd" timestamptz NOT NULL,
  "cancelAtPeriodEnd" boolean DEFAULT false NOT NULL
);

CREATE TABLE "UsageRecord" (
  "id" bigserial NOT NULL,
  "subscriptionId" text NOT NULL,
  "day" date NOT NULL,
  "feature" text NOT NULL,
  "quantity" integer NOT NULL,
  "amount" numeric(12, 4) NOT NULL
);
