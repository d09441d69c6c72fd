CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE IF NOT EXISTS vector_space (
  only_one BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_one),
  model TEXT NOT NULL,
  dimension INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS vectors (
  organisation TEXT NOT NULL,
  id TEXT NOT NULL,
  "user" TEXT NOT NULL,
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  metadata TEXT NOT NULL,
  vector vector({dimension}) NOT NULL,
  PRIMARY KEY (organisation, id)
) PARTITION BY HASH (organisation);

DO $$
BEGIN
  FOR number IN 0..15 LOOP
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS vectors_%s PARTITION OF vectors'
      ' FOR VALUES WITH (MODULUS 16, REMAINDER %s)', number, number);
  END LOOP;
END
$$;

CREATE INDEX IF NOT EXISTS vectors_by_owner ON vectors (organisation, "user", project, kind);

CREATE INDEX IF NOT EXISTS vectors_by_direction ON vectors USING hnsw (vector vector_cosine_ops);

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aicontext_tenant') THEN
    CREATE ROLE aicontext_tenant NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_policies WHERE tablename = 'vectors' AND policyname = 'tenant') THEN
    ALTER TABLE vectors ENABLE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON vectors TO aicontext_tenant
      USING (organisation = current_setting('aicontext.tenant'));
  END IF;
END
$$;

GRANT aicontext_tenant TO CURRENT_USER;

GRANT USAGE ON SCHEMA public TO aicontext_tenant;

GRANT SELECT, INSERT, UPDATE, DELETE ON vectors TO aicontext_tenant;

GRANT SELECT ON vector_space TO aicontext_tenant;
