-- The clinical record. Every row carries its tenant, every key leads with it.

create table tenant (
  no integer generated always as identity primary key,
  slug text collate "C" not null unique
);

-- Growing in order of creation, and in order of change.
create sequence rid;
create sequence seq;

create table resource (
  tenant integer not null,
  type text collate "C" not null,
  id text collate "C" not null,
  rid bigint not null,
  version bigint not null,
  last_updated timestamptz not null,
  deleted boolean not null,
  primary key (tenant, type, id)
);
create unique index resource_by_order on resource (tenant, type, rid);
create index resource_by_time on resource (tenant, type, last_updated, rid);

-- History, and the audit trail: who, from where and why are columns of the change itself.
create table version (
  rid bigint not null,
  version bigint not null,
  tenant integer not null,
  type text collate "C" not null,
  id text collate "C" not null,
  seq bigint not null,
  kind smallint not null, -- 0 create, 1 update, 2 delete
  last_updated timestamptz not null,
  body bytea not null,
  command uuid not null,
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
  key text collate "C" not null,
  rid bigint not null
);
create index index_text_by_key on index_text (tenant, param, key, rid);
create index index_text_by_resource on index_text (rid, param);

create table index_range (
  tenant integer not null,
  param integer not null,
  key text collate "C" not null,
  low double precision not null,
  high double precision not null,
  rid bigint not null
);
create index index_range_by_key on index_range (tenant, param, key, low, high, rid);
create index index_range_by_resource on index_range (rid, param);

-- One row a tenant, meter and committed group.
create table usage (
  tenant integer not null,
  meter text collate "C" not null,
  at timestamptz not null default now(),
  seq bigint not null,
  quantity bigint not null
);
create index usage_by_time on usage (tenant, at);
