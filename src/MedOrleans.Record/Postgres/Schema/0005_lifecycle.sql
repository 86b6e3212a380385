-- A hospital's data keys, wrapped by the master key that is in no database: without it, or once destroyed, the bodies are noise.
create table tenant_key (
  slug text collate "C" not null,
  id integer not null,
  wrapped bytea, -- null once destroyed
  fingerprint text not null,
  made timestamptz not null,
  destroyed timestamptz,
  primary key (slug, id)
);

-- How long a closed hospital can be opened again.
alter table tenant_directory add column closed timestamptz;
alter table tenant_directory add column delete_after timestamptz;
create index tenant_directory_due on tenant_directory (delete_after) where delete_after is not null;

-- The tombstone of a deleted hospital: how far its deletion is, and in the end the certificate. Its slug is not given out again.
create table tenant_deletion (
  slug text collate "C" primary key,
  step smallint not null, -- see DeletionStep
  requested timestamptz not null,
  progress text not null, -- JSON
  finished timestamptz,
  certificate text
);
