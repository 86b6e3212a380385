-- When a version was committed, by this database's clock: the hour in which it was metered. Older rows have none; their
-- last_updated stands for it.
alter table version add column committed integer;

-- Whether the row came by a batch, and not with a committed write.
alter table usage add column flushed integer not null default 0;

-- What processes counted in memory, in batches that each process (source) numbers for each tenant: 1, 2, 3. A row is one batch,
-- or a run of them that were rolled up. Whatever is in here has been applied, once.
create table usage_batch (
  tenant integer not null,
  source blob not null,
  first integer not null,
  last integer not null,
  at integer not null,
  quantities text not null, -- by meter, JSON
  primary key (tenant, source, last)
) without rowid;
create index usage_batch_by_time on usage_batch (tenant, at);

-- Up to when a tenant's usage is rolled up to one row a meter and hour.
create table usage_rollup (
  tenant integer primary key,
  upto integer not null
);
