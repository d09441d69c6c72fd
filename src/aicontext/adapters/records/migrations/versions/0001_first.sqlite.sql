CREATE TABLE organisations (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  slug VARCHAR(100) NOT NULL,
  CONSTRAINT pk_organisations PRIMARY KEY (id),
  CONSTRAINT uq_organisations_slug UNIQUE (slug),
  CONSTRAINT uq_organisations_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE users (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
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
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  slug VARCHAR(100) NOT NULL,
  CONSTRAINT pk_teams PRIMARY KEY (id),
  CONSTRAINT uq_teams_organisation_slug UNIQUE (organisation, slug),
  CONSTRAINT fk_teams_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_teams_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE team_members (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  team CHAR(32) NOT NULL,
  user CHAR(32) NOT NULL,
  role VARCHAR(20) NOT NULL,
  CONSTRAINT pk_team_members PRIMARY KEY (id),
  CONSTRAINT uq_team_members_team_user UNIQUE (team, user),
  CONSTRAINT fk_team_members_organisation_team FOREIGN KEY(organisation, team) REFERENCES teams (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_team_members_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_team_members_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_team_members_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_team_members_user ON team_members (user);

CREATE TABLE projects (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  slug VARCHAR(100) NOT NULL,
  team CHAR(32),
  CONSTRAINT pk_projects PRIMARY KEY (id),
  CONSTRAINT uq_projects_organisation_slug UNIQUE (organisation, slug),
  CONSTRAINT fk_projects_organisation_team FOREIGN KEY(organisation, team) REFERENCES teams (organisation, id) ON DELETE RESTRICT,
  CONSTRAINT fk_projects_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_projects_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE keys (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  user CHAR(32) NOT NULL,
  name VARCHAR(200) NOT NULL,
  prefix VARCHAR(20) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  scopes JSON NOT NULL,
  expires_at DATETIME,
  used_at DATETIME,
  revoked_at DATETIME,
  CONSTRAINT pk_keys PRIMARY KEY (id),
  CONSTRAINT uq_keys_digest UNIQUE (digest),
  CONSTRAINT fk_keys_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_keys_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_keys_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_keys_user ON keys (user);

CREATE TABLE sessions (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  user CHAR(32) NOT NULL,
  family CHAR(32) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  expires_at DATETIME NOT NULL,
  revoked_at DATETIME,
  CONSTRAINT pk_sessions PRIMARY KEY (id),
  CONSTRAINT uq_sessions_digest UNIQUE (digest),
  CONSTRAINT fk_sessions_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_sessions_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_sessions_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_sessions_family ON sessions (family);

CREATE INDEX ix_sessions_user ON sessions (user);

CREATE TABLE settings (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  owner CHAR(32) NOT NULL,
  name VARCHAR(200) NOT NULL,
  value JSON NOT NULL,
  CONSTRAINT pk_settings PRIMARY KEY (id),
  CONSTRAINT uq_settings_organisation_owner_name UNIQUE (organisation, owner, name),
  CONSTRAINT fk_settings_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_settings_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE integrations (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  user CHAR(32) NOT NULL,
  tool VARCHAR(100) NOT NULL,
  state VARCHAR(20) NOT NULL,
  settings JSON NOT NULL,
  CONSTRAINT pk_integrations PRIMARY KEY (id),
  CONSTRAINT uq_integrations_user_tool UNIQUE (user, tool),
  CONSTRAINT fk_integrations_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_integrations_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_integrations_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE context_optimizations (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  user CHAR(32) NOT NULL,
  project CHAR(32),
  digest VARCHAR(64) NOT NULL,
  model VARCHAR(100) NOT NULL,
  original_tokens BIGINT NOT NULL,
  optimized_tokens BIGINT NOT NULL,
  quality DOUBLE NOT NULL,
  steps JSON NOT NULL,
  CONSTRAINT pk_context_optimizations PRIMARY KEY (id),
  CONSTRAINT fk_context_optimizations_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_context_optimizations_organisation_project FOREIGN KEY(organisation, project) REFERENCES projects (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_context_optimizations_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_context_optimizations_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_context_optimizations_organisation_digest ON context_optimizations (organisation, digest);

CREATE INDEX ix_context_optimizations_user ON context_optimizations (user);

CREATE TABLE idempotency (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  "key" VARCHAR(255) NOT NULL,
  fingerprint VARCHAR(64) NOT NULL,
  status INTEGER NOT NULL,
  headers JSON NOT NULL,
  body BLOB NOT NULL,
  expires_at DATETIME NOT NULL,
  CONSTRAINT pk_idempotency PRIMARY KEY (id),
  CONSTRAINT uq_idempotency_organisation_key UNIQUE (organisation, "key"),
  CONSTRAINT fk_idempotency_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_idempotency_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_idempotency_expires_at ON idempotency (expires_at);

CREATE TABLE outbox (
  id CHAR(32) NOT NULL,
  topic VARCHAR(100) NOT NULL,
  "key" VARCHAR(255) NOT NULL,
  payload BLOB NOT NULL,
  CONSTRAINT pk_outbox PRIMARY KEY (id)
);
