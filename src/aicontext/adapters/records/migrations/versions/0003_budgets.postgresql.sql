CREATE TABLE budgets (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER NOT NULL,
  level VARCHAR(20) NOT NULL,
  owner UUID NOT NULL,
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
  budget UUID NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  organisation UUID NOT NULL,
  amount BIGINT NOT NULL,
  warned INTEGER NOT NULL,
  CONSTRAINT pk_spent PRIMARY KEY (budget, starts_at),
  CONSTRAINT fk_spent_organisation_budget FOREIGN KEY(organisation, budget) REFERENCES budgets (organisation, id) ON DELETE CASCADE
);

CREATE TABLE reservations (
  id UUID NOT NULL,
  organisation UUID NOT NULL,
  tokens BIGINT NOT NULL,
  money BIGINT NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  settled BOOLEAN NOT NULL,
  CONSTRAINT pk_reservations PRIMARY KEY (id),
  CONSTRAINT fk_reservations_organisation FOREIGN KEY(organisation) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT uq_reservations_organisation_id UNIQUE (organisation, id)
);

CREATE INDEX ix_reservations_expires_at ON reservations (expires_at);

CREATE TABLE holds (
  reservation UUID NOT NULL,
  budget UUID NOT NULL,
  organisation UUID NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  amount BIGINT NOT NULL,
  CONSTRAINT pk_holds PRIMARY KEY (reservation, budget),
  CONSTRAINT fk_holds_organisation_reservation FOREIGN KEY(organisation, reservation) REFERENCES reservations (organisation, id) ON DELETE CASCADE,
  CONSTRAINT fk_holds_organisation_budget FOREIGN KEY(organisation, budget) REFERENCES budgets (organisation, id) ON DELETE CASCADE
);

CREATE INDEX ix_holds_budget ON holds (budget);

GRANT SELECT, INSERT, UPDATE, DELETE ON budgets TO aicontext_tenant;

ALTER TABLE budgets ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON budgets TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON spent TO aicontext_tenant;

ALTER TABLE spent ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON spent TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON reservations TO aicontext_tenant;

ALTER TABLE reservations ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON reservations TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON holds TO aicontext_tenant;

ALTER TABLE holds ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON holds TO aicontext_tenant
  USING (organisation = current_setting('aicontext.tenant')::uuid);
