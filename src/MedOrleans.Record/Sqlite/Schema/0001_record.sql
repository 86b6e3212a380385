-- The clinical record. Every row carries its tenant, every key leads with it. Times are microseconds since 1970 UTC.

create table tenant (
  no integer primary key,
  slug text not null unique
);

-- Growing in order of creation, and in order of change.
create table counter (
  name text primary key,
  value integer not null
);
insert into counter values ('rid', 0), ('seq', 0);

create table resource (
  tenant integer not null,
  type text not null,
  id text not null,
  rid integer not null,
  version integer not null,
  last_updated integer not null,
  deleted integer not null,
  primary key (tenant, type, id)
) without rowid;
create unique index resource_by_order on resource (tenant, type, rid);
create index resource_by_time on resource (tenant, type, last_updated, rid);

-- History, and the audit trail: who, from where and why are columns of the change itself.
create table version (
  rid integer not null,
  version integer not null,
  tenant integer not null,
  type text not null,
  id text not null,
  seq integer not null,
  kind integer not null, -- 0 create, 1 update, 2 delete
  last_updated integer not null,
  body blob not null,
  command blob not null,
  agent text not null,
  address text,
  request_id text,
  reason text,
  primary key (rid, version)
);
create index version_by_sequence on version (tenant, type, seq);

-- The search index: parameters are numbers (a hash of Type.code), resources their rid.
create table index_text (
  tenant integer not null,
  param integer not null,
  key text not null,
  rid integer not null
);
create index index_text_by_key on index_text (tenant, param, key, rid);
create index index_text_by_resource on index_text (rid, param);

create table index_range (
  tenant integer not null,
  param integer not null,
  key text not null,
  low real not null,
  high real not null,
  rid integer not null
);
create index index_range_by_key on index_range (tenant, param, key, low, high, rid);
create index index_range_by_resource on index_range (rid, param);

-- One row a tenant, meter and committed group.
create table usage (
  tenant integer not null,
  meter text not null,
  at integer not null,
  seq integer not null,
  quantity integer not null
);
create index usage_by_time on usage (tenant, at);
