-- What a restore of one hospital is to change: each resource that is otherwise now than it was then, and the version that it gets back.
create table restore_row (
  tenant integer not null,
  no integer not null,
  type text not null,
  id text not null,
  version integer not null, -- the current one
  target integer, -- the one of then; null where there was none
  primary key (tenant, no)
) without rowid;
