DROP TABLE keys;

DROP TABLE sessions;

INSERT INTO organisations (id, organisation, created_at, version, name, slug)
  VALUES ('00000000000000000000000000000000', '00000000000000000000000000000000', '1970-01-01 00:00:00.000000+00', 1, 'Platform', '');

CREATE TABLE clients (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  redirects JSONB NOT NULL,
  grants JSONB NOT NULL,
  scopes JSONB NOT NULL,
  "user" UUID,
  CONSTRAINT pk_clients PRIMARY KEY (id),
  CONSTRAINT fk_clients_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_clients_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_clients_organisation_id UNIQUE (organisation, id)
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
  project UUID,
  environment VARCHAR(100) NOT NULL,
  networks JSONB NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE,
  used_at TIMESTAMP WITH TIME ZONE,
  revoked_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_keys PRIMARY KEY (id),
  CONSTRAINT uq_keys_digest UNIQUE (digest),
  CONSTRAINT fk_keys_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_keys_organisation_project FOREIGN KEY(organisation, project) REFERENCES projects (organisation, id) ON DELETE CASCADE,
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
  client UUID,
  scopes JSONB NOT NULL,
  strong_at TIMESTAMP WITH TIME ZONE,
  revoked_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_sessions PRIMARY KEY (id),
  CONSTRAINT uq_sessions_digest UNIQUE (digest),
  CONSTRAINT fk_sessions_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_sessions_organisation_client FOREIGN KEY(organisation, client) REFERENCES clients (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_sessions_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_sessions_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_sessions_family ON sessions (family);

CREATE INDEX ix_sessions_user ON sessions ("user");

CREATE TABLE passwords (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  "user" UUID NOT NULL,
  verifier VARCHAR(200) NOT NULL,
  CONSTRAINT pk_passwords PRIMARY KEY (id),
  CONSTRAINT uq_passwords_user UNIQUE ("user"),
  CONSTRAINT fk_passwords_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_passwords_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_passwords_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE factors (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  "user" UUID NOT NULL,
  kind VARCHAR(20) NOT NULL,
  name VARCHAR(200) NOT NULL,
  handle VARCHAR(64) NOT NULL,
  secret BYTEA NOT NULL,
  counter BIGINT NOT NULL,
  confirmed BOOLEAN NOT NULL,
  CONSTRAINT pk_factors PRIMARY KEY (id),
  CONSTRAINT uq_factors_handle UNIQUE (handle),
  CONSTRAINT fk_factors_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_factors_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_factors_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_factors_user ON factors ("user");

CREATE TABLE tickets (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  kind VARCHAR(20) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  data JSONB NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_tickets PRIMARY KEY (id),
  CONSTRAINT uq_tickets_digest UNIQUE (digest),
  CONSTRAINT fk_tickets_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_tickets_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE signing_keys (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  public JSONB NOT NULL,
  sealed BYTEA NOT NULL,
  retired_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_signing_keys PRIMARY KEY (id),
  CONSTRAINT fk_signing_keys_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_signing_keys_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE identities (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  "user" UUID NOT NULL,
  issuer VARCHAR(300) NOT NULL,
  subject VARCHAR(500) NOT NULL,
  CONSTRAINT pk_identities PRIMARY KEY (id),
  CONSTRAINT uq_identities_issuer_subject UNIQUE (issuer, subject),
  CONSTRAINT fk_identities_organisation_user FOREIGN KEY(organisation, "user") REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_identities_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_identities_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_identities_user ON identities ("user");

GRANT SELECT, INSERT, UPDATE, DELETE ON clients TO aicontext_tenant;

ALTER TABLE clients ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON clients TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON keys TO aicontext_tenant;

ALTER TABLE keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON keys TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO aicontext_tenant;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON sessions TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON passwords TO aicontext_tenant;

ALTER TABLE passwords ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON passwords TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON factors TO aicontext_tenant;

ALTER TABLE factors ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON factors TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON tickets TO aicontext_tenant;

ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON tickets TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON signing_keys TO aicontext_tenant;

ALTER TABLE signing_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON signing_keys TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON identities TO aicontext_tenant;

ALTER TABLE identities ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON identities TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);
