DROP TABLE keys;

DROP TABLE sessions;

INSERT INTO organisations (id, organisation, created_at, version, name, slug)
  VALUES ('00000000000000000000000000000000', '00000000000000000000000000000000', '1970-01-01 00:00:00.000000', 1, 'Platform', '');

CREATE TABLE clients (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  name VARCHAR(200) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  redirects JSON NOT NULL,
  grants JSON NOT NULL,
  scopes JSON NOT NULL,
  user CHAR(32),
  CONSTRAINT pk_clients PRIMARY KEY (id),
  CONSTRAINT fk_clients_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_clients_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_clients_organisation_id UNIQUE (organisation, id)
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
  project CHAR(32),
  environment VARCHAR(100) NOT NULL,
  networks JSON NOT NULL,
  expires_at DATETIME,
  used_at DATETIME,
  revoked_at DATETIME,
  CONSTRAINT pk_keys PRIMARY KEY (id),
  CONSTRAINT uq_keys_digest UNIQUE (digest),
  CONSTRAINT fk_keys_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_keys_organisation_project FOREIGN KEY(organisation, project) REFERENCES projects (organisation, id) ON DELETE CASCADE,
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
  client CHAR(32),
  scopes JSON NOT NULL,
  strong_at DATETIME,
  revoked_at DATETIME,
  CONSTRAINT pk_sessions PRIMARY KEY (id),
  CONSTRAINT uq_sessions_digest UNIQUE (digest),
  CONSTRAINT fk_sessions_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_sessions_organisation_client FOREIGN KEY(organisation, client) REFERENCES clients (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_sessions_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_sessions_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_sessions_family ON sessions (family);

CREATE INDEX ix_sessions_user ON sessions (user);

CREATE TABLE passwords (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  user CHAR(32) NOT NULL,
  verifier VARCHAR(200) NOT NULL,
  CONSTRAINT pk_passwords PRIMARY KEY (id),
  CONSTRAINT uq_passwords_user UNIQUE (user),
  CONSTRAINT fk_passwords_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_passwords_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_passwords_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE factors (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  user CHAR(32) NOT NULL,
  kind VARCHAR(20) NOT NULL,
  name VARCHAR(200) NOT NULL,
  handle VARCHAR(64) NOT NULL,
  secret BLOB NOT NULL,
  counter BIGINT NOT NULL,
  confirmed BOOLEAN NOT NULL,
  CONSTRAINT pk_factors PRIMARY KEY (id),
  CONSTRAINT uq_factors_handle UNIQUE (handle),
  CONSTRAINT fk_factors_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_factors_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_factors_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_factors_user ON factors (user);

CREATE TABLE tickets (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  kind VARCHAR(20) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  data JSON NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at DATETIME,
  CONSTRAINT pk_tickets PRIMARY KEY (id),
  CONSTRAINT uq_tickets_digest UNIQUE (digest),
  CONSTRAINT fk_tickets_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_tickets_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE signing_keys (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  public JSON NOT NULL,
  sealed BLOB NOT NULL,
  retired_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  CONSTRAINT pk_signing_keys PRIMARY KEY (id),
  CONSTRAINT fk_signing_keys_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_signing_keys_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE identities (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  user CHAR(32) NOT NULL,
  issuer VARCHAR(300) NOT NULL,
  subject VARCHAR(500) NOT NULL,
  CONSTRAINT pk_identities PRIMARY KEY (id),
  CONSTRAINT uq_identities_issuer_subject UNIQUE (issuer, subject),
  CONSTRAINT fk_identities_organisation_user FOREIGN KEY(organisation, user) REFERENCES users (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_identities_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_identities_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_identities_user ON identities (user);
