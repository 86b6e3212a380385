-- A bulk export: what was asked for, and which version of each resource was current when its snapshot was taken. Versions stay, so the files
-- are written from the record whenever they are fetched, and no second copy of it lies anywhere.
create table export_job (
  no bigint generated always as identity primary key,
  id uuid not null unique,
  tenant integer not null,
  request text not null, -- JSON
  requested timestamptz not null default now(),
  expires timestamptz not null,
  taken timestamptz, -- when the snapshot was taken; null until then
  parts text -- how many rows of each type, JSON
);
create index export_job_by_tenant on export_job (tenant, no);
create index export_job_due on export_job (expires);
create index export_job_open on export_job (no) where taken is null;

create table export_row (
  tenant integer not null,
  job bigint not null,
  part text collate "C" not null, -- the type; empty for what was deleted
  no bigint not null,
  rid bigint not null,
  version bigint not null,
  primary key (tenant, job, part, no)
);
