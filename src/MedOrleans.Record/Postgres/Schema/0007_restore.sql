-- What a restore of one hospital is to change: each resource that is otherwise now than it was then, and the version that it gets back.
create table restore_row (
  tenant integer not null,
  no bigint not null,
  type text collate "C" not null,
  id text collate "C" not null,
  version bigint not null, -- the current one
  target bigint, -- the one of then; null where there was none
  primary key (tenant, no)
);
