-- A hospital's data keys, wrapped by the master key that is in no database: without it, or once destroyed, the bodies are noise.
create table tenant_key (
  slug text not null,
  id integer not null,
  wrapped blob, -- null once destroyed
  fingerprint text not null,
  made integer not null,
  destroyed integer,
  primary key (slug, id)
);

-- How long a closed hospital can be opened again.
alter table tenant_directory add column closed integer;
alter table tenant_directory add column delete_after integer;
create index tenant_directory_due on tenant_directory (delete_after) where delete_after is not null;

-- The tombstone of a deleted hospital: how far its deletion is, and in the end the certificate. Its slug is not given out again.
create table tenant_deletion (
  slug text primary key,
  step integer not null, -- see DeletionStep
  requested integer not null,
  progress text not null, -- JSON
  finished integer,
  certificate text
);
