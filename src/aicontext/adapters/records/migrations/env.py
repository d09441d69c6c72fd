"""How Alembic runs a step: in the transaction that the caller began."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
