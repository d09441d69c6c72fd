CREATE TABLE organisations (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  slug VARCHAR(100) NOT NULL,
  CONSTRAINT pk_organisations PRIMARY KEY (id),
  CONSTRAINT uq_organisations_slug UNIQUE (slug),
  CONSTRAINT uq_organisations_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE users (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  email VARCHAR(320) NOT NULL,
  name VARCHAR(200) NOT NULL,
  role VARCHAR(20) NOT NULL,
  active BOOLEAN NOT NULL,
  CONSTRAINT pk_users PRIMARY KEY (id),
  CONSTRAINT uq_users_email UNIQUE (email),
  CONSTRAINT fk_users_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_users_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE teams (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  slug VARCHAR(100) NOT NULL,
  CONSTRAINT pk_teams PRIMARY KEY (id),
  CONSTRAINT uq_teams_organisation_slug UNIQUE (organisation, slug),
  CONSTRAINT fk_teams_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_teams_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE team_members (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  team UUID NOT NULL,
  "user" UUID NOT NULL,
  role VARCHAR(20) NOT NULL,
  CONSTRAINT pk_team_members PRIMARY KEY (id),
  CONSTRAINT uq_team_members_team_user UNIQUE (team, "user"),
  CONSTRAINT fk_team_members_organisation_team FOREIGN KEY(organisation, team) REFERENCES teams (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_team_members_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_team_members_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_team_members_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_team_members_user ON team_members ("user");

CREATE TABLE projects (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  slug VARCHAR(100) NOT NULL,
  team UUID,
  CONSTRAINT pk_projects PRIMARY KEY (id),
  CONSTRAINT uq_projects_organisation_slug UNIQUE (organisation, slug),
  CONSTRAINT fk_projects_organisation_team FOREIGN KEY(organisation, team) REFERENCES teams (organisation, id) ON DELETE RESTRICT,
  CONSTRAINT fk_projects_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_projects_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE keys (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  "user" UUID NOT NULL,
  name VARCHAR(200) NOT NULL,
  prefix VARCHAR(20) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  scopes JSONB NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE,
  used_at TIMESTAMP WITH TIME ZONE,
  revoked_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_keys PRIMARY KEY (id),
  CONSTRAINT uq_keys_digest UNIQUE (digest),
  CONSTRAINT fk_keys_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_keys_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_keys_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_keys_user ON keys ("user");

CREATE TABLE sessions (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  "user" UUID NOT NULL,
  family UUID NOT NULL,
  digest VARCHAR(64) NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_sessions PRIMARY KEY (id),
  CONSTRAINT uq_sessions_digest UNIQUE (digest),
  CONSTRAINT fk_sessions_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_sessions_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_sessions_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_sessions_family ON sessions (family);

CREATE INDEX ix_sessions_user ON sessions ("user");

CREATE TABLE settings (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  owner UUID NOT NULL,
  name VARCHAR(200) NOT NULL,
  value JSONB NOT NULL,
  CONSTRAINT pk_settings PRIMARY KEY (id),
  CONSTRAINT uq_settings_organisation_owner_name UNIQUE (organisation, owner, name),
  CONSTRAINT fk_settings_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_settings_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE integrations (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  "user" UUID NOT NULL,
  tool VARCHAR(100) NOT NULL,
  state VARCHAR(20) NOT NULL,
  settings JSONB NOT NULL,
  CONSTRAINT pk_integrations PRIMARY KEY (id),
  CONSTRAINT uq_integrations_user_tool UNIQUE ("user", tool),
  CONSTRAINT fk_integrations_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_integrations_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_integrations_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE context_optimizations (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  "user" UUID NOT NULL,
  project UUID,
  digest VARCHAR(64) NOT NULL,
  model VARCHAR(100) NOT NULL,
  original_tokens BIGINT NOT NULL,
  optimized_tokens BIGINT NOT NULL,
  quality DOUBLE PRECISION NOT NULL,
  steps JSONB NOT NULL,
  CONSTRAINT pk_context_optimizations PRIMARY KEY (id),
  CONSTRAINT fk_context_optimizations_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_context_optimizations_organisation_project FOREIGN KEY(organisation, project) REFERENCES projects (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_context_optimizations_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_context_optimizations_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_context_optimizations_organisation_digest ON context_optimizations (organisation, digest);

CREATE INDEX ix_context_optimizations_user ON context_optimizations ("user");

CREATE TABLE idempotency (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  key VARCHAR(255) NOT NULL,
  fingerprint VARCHAR(64) NOT NULL,
  status INTEGER NOT NULL,
  headers JSONB NOT NULL,
  body BYTEA NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_idempotency PRIMARY KEY (id),
  CONSTRAINT uq_idempotency_organisation_key UNIQUE (organisation, key),
  CONSTRAINT fk_idempotency_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_idempotency_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_idempotency_expires_at ON idempotency (expires_at);

CREATE TABLE outbox (
  id UUID NOT NULL,
  topic VARCHAR(100) NOT NULL,
  key VARCHAR(255) NOT NULL,
  payload BYTEA NOT NULL,
  CONSTRAINT pk_outbox PRIMARY KEY (id)
);

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aicontext_tenant') THEN
    CREATE ROLE aicontext_tenant NOLOGIN;
  END IF;
END
$$;

GRANT aicontext_tenant TO CURRENT_USER;

GRANT USAGE ON SCHEMA public TO aicontext_tenant;

GRANT SELECT, INSERT, UPDATE, DELETE ON organisations TO aicontext_tenant;

ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON organisations TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON users TO aicontext_tenant;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON users TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON teams TO aicontext_tenant;

ALTER TABLE teams ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON teams TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON team_members TO aicontext_tenant;

ALTER TABLE team_members ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON team_members TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON projects TO aicontext_tenant;

ALTER TABLE projects ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON projects TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON keys TO aicontext_tenant;

ALTER TABLE keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON keys TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO aicontext_tenant;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON sessions TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON settings TO aicontext_tenant;

ALTER TABLE settings ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON settings TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON integrations TO aicontext_tenant;

ALTER TABLE integrations ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON integrations TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON context_optimizations TO aicontext_tenant;

ALTER TABLE context_optimizations ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON context_optimizations TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO aicontext_tenant;

ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON idempotency TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT INSERT ON outbox TO aicontext_tenant;
