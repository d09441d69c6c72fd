CREATE TABLE budgets (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  created_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  level VARCHAR(20) NOT NULL,
  owner CHAR(32) NOT NULL,
  unit VARCHAR(20) NOT NULL,
  period VARCHAR(20) NOT NULL,
  amount BIGINT NOT NULL,
  hard BOOLEAN NOT NULL,
  warn_at INTEGER NOT NULL,
  zone VARCHAR(64) NOT NULL,
  CONSTRAINT pk_budgets PRIMARY KEY (id),
  CONSTRAINT uq_budgets_organisation_level_owner_unit_period UNIQUE (organisation, level, owner, unit, period),
  CONSTRAINT fk_budgets_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_budgets_organisation_id UNIQUE (organisation, id)
);

CREATE TABLE spent (
  budget CHAR(32) NOT NULL,
  starts_at DATETIME NOT NULL,
  organisation CHAR(32) NOT NULL,
  amount BIGINT NOT NULL,
  warned INTEGER NOT NULL,
  CONSTRAINT pk_spent PRIMARY KEY (budget, starts_at),
  CONSTRAINT fk_spent_organisation_budget FOREIGN KEY(organisation, budget) REFERENCES budgets (organisation, id) ON DELETE CASCADE
);

CREATE TABLE reservations (
  id CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  tokens BIGINT NOT NULL,
  money BIGINT NOT NULL,
  expires_at DATETIME NOT NULL,
  settled BOOLEAN NOT NULL,
  CONSTRAINT pk_reservations PRIMARY KEY (id),
  CONSTRAINT fk_reservations_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_reservations_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_reservations_expires_at ON reservations (expires_at);

CREATE TABLE holds (
  reservation CHAR(32) NOT NULL,
  budget CHAR(32) NOT NULL,
  organisation CHAR(32) NOT NULL,
  starts_at DATETIME NOT NULL,
  amount BIGINT NOT NULL,
  CONSTRAINT pk_holds PRIMARY KEY (reservation, budget),
  CONSTRAINT fk_holds_organisation_reservation FOREIGN KEY(organisation, reservation) REFERENCES reservations (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_holds_organisation_budget FOREIGN KEY(organisation, budget) REFERENCES budgets (organisation, id) ON DELETE CASCADE
);

CREATE INDEX ix_holds_budget ON holds (budget);
