-- A bulk export: what was asked for, and which version of each resource was current when its snapshot was taken. Versions stay, so the files
-- are written from the record whenever they are fetched, and no second copy of it lies anywhere.
create table export_job (
  no integer primary key,
  id text not null unique,
  tenant integer not null,
  request text not null, -- JSON
  requested integer not null,
  expires integer not null,
  taken integer, -- when the snapshot was taken; null until then
  parts text -- how many rows of each type, JSON
);
create index export_job_by_tenant on export_job (tenant, no);
create index export_job_due on export_job (expires);
create index export_job_open on export_job (no) where taken is null;

create table export_row (
  tenant integer not null,
  job integer not null,
  part text not null, -- the type; empty for what was deleted
  no integer not null,
  rid integer not null,
  version integer not null,
  primary key (tenant, job, part, no)
) without rowid;
